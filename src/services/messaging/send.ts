/** Drafts become outgoing ledger lines: authorized by my own routes, numbered, signed, sealed. */

import { conversationKey } from '../../core/crypto/nip44.ts';
import { fromHex, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Entry } from '../../core/ledger/line.ts';
import { composeRumor, sealRumor } from '../../core/nostr/envelope.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { composeMessage } from '../../core/protocol/compose.ts';
import { rowOf } from '../../core/protocol/table.ts';
import { isAuthority, mailboxOf, signingKeyOf } from './authority.ts';
import { edgeDenial } from './authorization-context.ts';
import type { Home, Identity } from './home.ts';
import { epochOf, nowSeconds, revisionOf } from './home.ts';

const WRAP_SPREAD_SECONDS = 2 * 24 * 3600;

/** Stream of one identity of this home; the Host's is its boot, so that a restarted Host starts a fresh one. */
export const streamOf = (home: Home, signer: string): string =>
  home.epoch
    ? home.epoch.boot
    : toHex(home.suite.sha256(utf8(`entangle/stream/1/${home.stream}/${signer}`)).slice(0, 16));

/** Throws `denied` where my own newest routes do not carry the type to the recipient. */
const requireEdge = (home: Home, draft: Draft): void => {
  if (rowOf(draft.type)?.sends === null) return;
  const denial = edgeDenial(home, draft.from, draft.to, draft.type, true);
  if (denial)
    throw new EntangleError('denied', `the graph does not let you send ${draft.type} there (${denial})`, {
      hint: 'ask an operator what it allows: `entangle graph explain FROM TYPE TO`',
    });
};

const identityOf = (home: Home, pubkey: string): Identity => {
  const identity = home.identities.get(pubkey);
  if (!identity) throw new EntangleError('invalid', 'no such identity in this home');
  return identity;
};

export const sealFor = (home: Home, event: SignedEvent, from: Identity, to: string): SignedEvent =>
  sealRumor(home.suite, composeRumor(home.suite, event, to), {
    secretKey: from.secretKey,
    pubkey: signingKeyOf(from),
    recipient: to,
    conversationKey: home.pairs.get(signingKeyOf(from), to, () =>
      conversationKey(home.suite, from.secretKey, fromHex(to), home.random.bytes(32)),
    ),
    nonce: home.random.bytes(32),
    aux: home.random.bytes(32),
    createdAt: pastSeconds(home),
  });

/** NIP-59: every time but the rumor's lies somewhere in the last two days. */
export const pastSeconds = (home: Home): number => {
  const [a = 0, b = 0, c = 0] = home.random.bytes(3);
  return nowSeconds(home) - (((a << 16) | (b << 8) | c) % WRAP_SPREAD_SECONDS);
};

/** Counts on within one batch, before the read models have seen its lines. */
type Numbers = Map<string, number>;
const nextNumber = (home: Home, numbers: Numbers, stream: string, to: string): number => {
  const key = `${stream} ${to}`;
  const last = numbers.get(key) ?? home.tables.get('counters', stream, to)?.n ?? 0;
  numbers.set(key, last + 1);
  return last + 1;
};

/** The id under which it was said, if it was: once. */
const saidBefore = (home: Home, { from, to, type, dedup }: Draft): string | undefined =>
  home.tables.list('messages', { sender: from, recipient: to, type, dedup, dir: 'out' }, ANY)[0]?.id;
const ANY = { limit: 1, any: true } as const;

/** What is said of another message, which is said together with it or was before: made when that one has its id. */
export type SaidOf = { of: Draft; draft: (id: string) => Draft };
export type Sayable = Draft | SaidOf;

/** Entries for what was not said before; a draft whose dedup key is taken is silently the one before. */
export const composeEntries = (home: Home, sayables: readonly Sayable[]): Entry[] => {
  const numbers: Numbers = new Map();
  const ids = new Map<Draft, string>();
  return sayables.flatMap((one) => {
    const draft = 'of' in one ? draftOf(home, one, ids) : one;
    if (draft === null || saidBefore(home, draft) !== undefined) return [];
    requireEdge(home, draft);
    const entry = composeEntry(home, draft, numbers);
    ids.set(draft, entry.event.id);
    return [entry];
  });
};

const draftOf = (home: Home, { of, draft }: SaidOf, ids: ReadonlyMap<Draft, string>): Draft | null => {
  const id = ids.get(of) ?? saidBefore(home, of);
  return id === undefined ? null : draft(id);
};

const composeEntry = (home: Home, draft: Draft, numbers: Numbers, content?: string): Entry => {
  const from = identityOf(home, draft.from);
  const stream = streamOf(home, draft.from);
  const to = mailboxOf(home, draft.to);
  const said = { ...draft, to } as Draft;
  const event = composeMessage(home.suite, said, {
    ...stampOf(home, from, draft.to),
    seq: { stream, n: nextNumber(home, numbers, stream, draft.to) },
    ...(content === undefined ? {} : { content }),
  });
  return { dir: 'out', event, seal: sealFor(home, event, from, to) };
};

/** Since which revision we stand to each other as my newest routes have it: the recipient need not know of a later one. */
const judgedBy = (home: Home, from: string, to: string): number =>
  home.tables.list('peers', { owner: from, pubkey: to })[0]?.since ?? revisionOf(home, from);

const stampOf = (home: Home, from: Identity, to: string) => ({
  role: from.role,
  secretKey: from.secretKey,
  pubkey: signingKeyOf(from),
  graph: home.graph,
  epoch: epochOf(home),
  rev: judgedBy(home, from.pubkey, to) || null,
  createdAt: nowSeconds(home),
  random: home.random.bytes,
});

/** An ephemeral message: signed and sealed, never ledgered, never numbered; `to`: for which key. */
export const composeEphemeral = (home: Home, draft: Draft): { seal: SignedEvent; to: string } => {
  requireEdge(home, draft);
  const from = identityOf(home, draft.from);
  const to = mailboxOf(home, draft.to);
  const said = { ...draft, to } as Draft;
  const event = composeMessage(home.suite, said, { ...stampOf(home, from, draft.to), seq: null });
  return { seal: sealFor(home, event, from, to), to };
};

/** The same words under the same dedup key, signed anew under the present epoch, for the key that the recipient has now. */
export const composeAgain = (home: Home, events: readonly SignedEvent[]): Entry[] => {
  const numbers: Numbers = new Map();
  return events.map((event) => {
    const tag = (name: string) => event.tags.find((one) => one[0] === name)?.[1];
    const draft = {
      type: tag('type'),
      from: isAuthority(home, event.pubkey) ? home.host : event.pubkey,
      to: isAuthority(home, tag('p')!) ? home.host : tag('p'),
      dedup: tag('dedup'),
      body: {},
      re: tag('e'),
    } as Draft;
    return composeEntry(home, draft, numbers, event.content);
  });
};
