/**
 * What lets an invited newcomer pass before the strangers: each invite is also a key, derived from its secret, and the
 * wrap of the hello is signed with it. The Host knows the public keys of its open invites and names them to its relay.
 */
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { inviteSecret } from './admission.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';

const TICKET_DOMAIN = 'entangle/invite/1/ticket';
/** Hellos that pass by one invite within a second; a flood with a stolen one ends here. */
const PER_SECOND = 2;

/** The secret key of an invite's wraps. It proves the invite to whoever counts strangers, and admits nobody. */
export const ticketKeyOf = (suite: Home['suite'], secret: Uint8Array): Uint8Array =>
  suite.hmac(secret, utf8(TICKET_DOMAIN));

export type Tickets = {
  /** Public keys of the tickets of open invites, in the order of the invites. */
  open(): string[];
  /** True when this is one of them and has not passed too often. */
  passes(pubkey: string): boolean;
};

export const createTickets = (home: Home): Tickets => {
  const keys = new Map<string, string>();
  let second = Number.NEGATIVE_INFINITY;
  let passed = new Map<string, number>();
  const keyOf = (id: string): string => {
    const known = keys.get(id);
    if (known !== undefined) return known;
    const key = toHex(home.suite.publicKey(ticketKeyOf(home.suite, inviteSecret(home, id))));
    keys.set(id, key);
    return key;
  };
  const open = (): string[] => {
    const rows = home.tables.list('invites').filter((row) => row.expires > nowSeconds(home));
    for (const id of keys.keys()) if (!rows.some((row) => row.id === id)) keys.delete(id);
    return rows.map((row) => keyOf(row.id));
  };
  return {
    open,
    passes(pubkey) {
      const now = home.clock.monotonic();
      if (now - second >= 1000) {
        second = now;
        passed = new Map();
      }
      const count = passed.get(pubkey) ?? 0;
      if (count >= PER_SECOND || !open().includes(pubkey)) return false;
      passed.set(pubkey, count + 1);
      return true;
    },
  };
};
