/** Who the Host is: named by its first key for ever, signed for by the last one of its chain (docs/decisions/0124). */

import { founderOf, isChain, relationOf, signerBy } from '../../core/authority/succession.ts';
import { RETIRED_SECONDS } from '../../core/bounds.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { chainIn, signerIn } from '../../core/projection/reducers/authority.ts';
import type { Tables } from '../../core/projection/rows.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home, Identity, Retired } from './home.ts';

/** What the keys in a Host's store are to it. */
export type HostKeys = {
  signs: string;
  secretKey: Uint8Array;
  /** Of which the secrets of invites, the nonces of offers and the key of what is kept sealed are made: the same one until a recovery. */
  root: Uint8Array;
  retired: ReadonlyMap<string, Retired>;
};

/** `held`: secret keys of the store, by public key. Null where the one that signs by this ledger is not among them. */
export const hostKeys = (
  tables: Tables,
  graph: string,
  held: ReadonlyMap<string, Uint8Array>,
): HostKeys | null => {
  const chain = chainIn(tables);
  const signs = signerBy(graph, chain);
  const secretKey = held.get(signs);
  if (!secretKey) return null;
  // What somebody else may have is read no more: members say to the new key what they had said to that one
  const trusted = chain.slice(1 + chain.findLastIndex(({ recovery }) => recovery !== null));
  const retired = trusted.flatMap(({ from, at }): [string, Retired][] => {
    const secretKey = held.get(from);
    return secretKey ? [[from, { secretKey, until: at + RETIRED_SECONDS }]] : [];
  });
  const last = chain.findLast(({ recovery }) => recovery !== null)?.to ?? founderOf(graph);
  return { signs, secretKey, root: held.get(last) ?? secretKey, retired: new Map(retired) };
};

/** What a home is on the wire: of a Host by its keys and its ledger, of anybody else by the one key that it has. */
export const selfOf = (
  { role, name, pubkey }: Pick<Identity, 'role' | 'name' | 'pubkey'>,
  { signs, secretKey, root, retired }: HostKeys,
): Pick<Home, 'self' | 'identities' | 'retired' | 'root'> => {
  const self: Identity = { role, name, pubkey, secretKey, ...(signs !== pubkey && { signs }) };
  return { self, identities: new Map([[pubkey, self]]), retired, root };
};

/** By public key. */
export const heldKeys = (suite: Suite, keys: Iterable<Uint8Array>): Map<string, Uint8Array> =>
  new Map([...keys].map((key) => [toHex(suite.publicKey(key)), key]));

export const signingKeyOf = ({ signs, pubkey }: Identity): string => signs ?? pubkey;

/** Secret key by which mail to one of my keys is read. */
export const secretOf = (home: Home, key: string): Uint8Array | undefined => {
  for (const identity of home.identities.values())
    if (signingKeyOf(identity) === key) return identity.secretKey;
  const retired = home.retired.get(key);
  return retired && retired.until > home.clock.now() / 1000 ? retired.secretKey : undefined;
};

/** A key that signs for the Host, or did. */
export const isAuthority = (home: Pick<Home, 'host' | 'tables'>, key: string): boolean =>
  key === home.host || home.tables.get('authority_keys', key) !== undefined;

/** Whose checkpoints are of the Host of this graph. */
export const hostOf = (home: Home) => ({
  isOfHost: (key: string) => isAuthority(home, key),
  graph: home.graph,
});

/** What is said to the Host goes to the key that signs for it now. */
export const mailboxOf = (home: Home, name: string): string =>
  name === home.host ? signerIn(home.tables, home.graph) : name;

/** A key that signed for the Host once, and does not now. */
export const isRetired = (home: Home, key: string): boolean =>
  isAuthority(home, key) && key !== signerIn(home.tables, home.graph);

/** For which of my keys it came. */
export const addressee = ({ event }: Pick<Message, 'event'>): string =>
  event.tags.find(([name]) => name === 'p')?.[1] ?? '';

/** Whoever has the key of the Host may say who has it next; why this one may not. */
export const successionDenial = (home: Home, m: Message<BodyOf<'authority.rotate'>>): string | null => {
  const { chain } = m.body;
  if (!isChain(home.suite, home, chain) || signerBy(home.graph, chain) !== m.event.pubkey)
    return 'bad_succession';
  const relation = relationOf(chainIn(home.tables), chain);
  if (relation === 'below') return 'key_recovered';
  return relation === 'conflict' ? 'authority_conflict' : null;
};

/** Said by whom this home follows already, or by one that it may come to follow. */
export const isFollowed = (home: Home, { event }: Pick<Message, 'event'>): boolean =>
  event.pubkey === signerIn(home.tables, home.graph);

export const noSigner = (npub: string): EntangleError =>
  new EntangleError('not_found', `the key that signs for this Host, ${npub}, is not in its key store`, {
    hint: 'put it back from its backup with `entangle host authority import FILE`; if it is lost, use the recovery key: `entangle host authority recover --recovery-key-file FILE`',
  });
