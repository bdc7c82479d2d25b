/** What a wrap from a relay becomes: accepted into the ledger, held, kept as late, refused and counted. */

import { conversationKey } from '../../core/crypto/nip44.ts';
import { fromHex } from '../../core/encoding/bytes.ts';
import type { Entry } from '../../core/ledger/line.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import { AUTHORIZE_RULES, authorize } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import { type Claim, open, openSeal, Rejected } from '../../core/protocol/open.ts';
import type { OpenContext } from '../../core/protocol/open-checks.ts';
import { authorizationContextOf, pinnedRole } from './authorization-context.ts';
import type { Home } from './home.ts';
import { epochOf, nowSeconds, revisionOf } from './home.ts';
import { readLine } from './read-event.ts';
import type { Rejections } from './rejections.ts';
import { recordOf } from './rejections.ts';
import { createTickets } from './tickets.ts';
import { createUnknownSigners } from './unknown-signers.ts';

const HELD_PER_SIGNER = 1000;
/** Of these, messages that follow one which is not here: each names another, so they are the cheapest to make. */
const AWAITING_PER_SIGNER = 50;
/** Held messages that are looked at for their age in one round. */
const AGED_AT_ONCE = 50;
/** Evidence of contradictions that is kept of one signer; the count goes on. */
const CONFLICTS_PER_SIGNER = 20;
const HELD_SECONDS = 24 * 3600;
const SEEN_SECONDS = 3 * 24 * 3600;
const STRANGERS_PER_SECOND = 5;
const WRAP_ID = /"id"\s*:\s*"([0-9a-f]{64})"/;

export type InboxEvents = {
  /** A durable message was accepted (or seen again): its stream wants an acknowledgement. */
  settled(m: Message): void;
  /** Something new is in the read models. */
  changed(): void;
  /** An authorized ephemeral message. */
  ephemeral(m: Message): void;
  /** Another boot of this Host, or a higher epoch, was heard of. */
  fenced(reason: string): void;
};
export type Inbox = {
  receive(text: string): Promise<void>;
  /** Judges again what was held, and what came from strangers who are known by now. */
  rejudge(): Promise<void>;
};

export const createInbox = (home: Home, rejects: Rejections, on: InboxEvents): Inbox => {
  const door = openContextOf(home);
  /** What epochs, revisions and leases were when held messages were last looked at. */
  let looked = '';
  /** Facts that came since, as held messages name them. */
  const arrived: string[] = [];
  const strangers = createUnknownSigners((signer, me) => pinnedRole(home, signer, me) !== undefined);
  const judgeAndKeep = async (m: Message, seal: Entry['event']): Promise<Outcome> => {
    let outcome: Outcome = { kept: false, settled: false };
    await home.ledger.append(() => {
      outcome = decide(home, m, seal, rejects);
      return outcome.entries ?? [];
    });
    if (outcome.settled) {
      on.settled(m);
      arrived.push(`message ${m.id}`, ...(m.session === null ? [] : [`session ${m.session}`]));
    }
    if (outcome.entries?.length) on.changed();
    return outcome;
  };
  const receive = async (text: string): Promise<void> => {
    const wrapId = WRAP_ID.exec(text)?.[1] ?? '';
    if (home.tables.get('seen', wrapId)) return;
    const opened = tryOpen(
      () => open(text, door()),
      rejects,
      (claim) => strangers.keep(claim, text),
    );
    if (!opened) return;
    if (opened.ephemeral) {
      const verdict = authorize(opened, authorizationContextOf(home, opened));
      if (verdict.is === 'accept') on.ephemeral(opened);
      else {
        rejects.count(verdict.reason, knownSigner(home, opened));
        if (isFenced(home, verdict)) on.fenced(verdict.reason);
      }
      return;
    }
    // The id that was verified: the one found by looking may stand in something a relay added.
    if ((await judgeAndKeep(opened, opened.seal)).kept) remember(home, JSON.parse(text).id);
  };
  const judgeAgain = async (row: HeldMessage): Promise<void> => {
    const { event } = await readLine(home, row.line);
    const { seal } = JSON.parse(event.content);
    const m = tryOpen(() => openSeal(JSON.stringify(seal), row.me, false, door()), rejects);
    const outcome = m && (await judgeAndKeep(m, seal));
    // Refused, or only evidence of a contradiction: it waits for nothing any more.
    if (!outcome?.held) await drop(home, row);
  };
  return {
    receive,
    async rejudge() {
      for (const text of strangers.takeKnown()) await receive(text);
      const [count, known] = [arrived.length, knownFacts(home)];
      const { tables } = home;
      const came = arrived.flatMap((awaits) => tables.list('held_messages', { awaits }));
      const others = known === looked ? [] : tables.list('held_messages').filter((row) => isHere(home, row));
      const rows = new Map([...came, ...others].map((row) => [row.id, row]));
      for (const row of rows.values()) await judgeAgain(row);
      // Only now: what an error broke off is looked at in the next round.
      arrived.splice(0, count);
      looked = known;
      const oldest = home.tables.list('held_messages', {}, { order: 'at', limit: AGED_AT_ONCE });
      for (const row of oldest) if (nowSeconds(home) - row.at > HELD_SECONDS) await drop(home, row);
    },
  };
};

type HeldMessage = RowOf<'held_messages'>;

/** Everything but messages that a held one may wait for, as one value to compare. */
const knownFacts = (home: Home): string => {
  const revisions = [...home.identities.keys()].map((me) => revisionOf(home, me));
  return [epochOf(home).n, ...revisions, home.leases.basis].join();
};

/** Whether the awaited fact of a held message is here. */
const isHere = (home: Home, { awaits, me, signer }: HeldMessage): boolean => {
  const [what, value] = awaits.split(' ');
  if (what === 'epoch') return epochOf(home).n >= Number(value);
  if (what === 'revision') return revisionOf(home, me) >= Number(value);
  if (what === 'message') return home.tables.get('messages', value!, 'in') !== undefined;
  if (what === 'session')
    return home.tables.count('transitions', { kind: 'session', id: value!, by: signer }) > 0;
  return home.leases.isLive(me);
};

const drop = async (home: Home, { id }: HeldMessage): Promise<void> => {
  if (!home.tables.get('held_messages', id)) return;
  const event = recordOf(home, 'message.dropped', { id, reason: 'not_held' });
  await home.ledger.append(() => [{ dir: 'local', event }]);
};

type Outcome = { kept: boolean; settled: boolean; entries?: Entry[]; held?: true };
const REPLAYED: Outcome = { kept: true, settled: true };

/** Runs inside the ledger's append: nothing else can change the read models between the verdict and the line. */
const decide = (home: Home, m: Message, seal: Entry['event'], rejects: Rejections): Outcome => {
  if (home.tables.get('messages', m.id, 'in')) return REPLAYED;
  const refuse = (reason: string): Outcome => {
    rejects.count(reason, knownSigner(home, m));
    return { kept: false, settled: false };
  };
  if (isFork(home, m)) return refuse('stream_fork');
  if (isScattered(home, m)) return refuse('stream_gaps');
  const said = home.tables.get('dedup', m.from, m.to, m.type, m.dedup);
  const verdict = outcomeOf(home, m);
  if (verdict.is === 'reject') return refuse(verdict.reason);
  if (verdict.is === 'hold') {
    if (verdict.reason === 'epoch_ahead' && !home.tables.get('held_messages', m.id)) refuse(verdict.reason);
    return hold(home, m, seal, verdict, refuse);
  }
  if (said && said.content !== m.event.content) {
    rejects.count('dedup_conflict', m.from);
    return {
      kept: true,
      settled: false,
      entries: isWorthKeeping(home, m, rejects) ? [conflict(home, m)] : [],
    };
  }
  if (verdict.is === 'late') rejects.count(verdict.reason, m.from);
  return { kept: true, settled: true, entries: [{ dir: 'in', event: m.event }] };
};

/** A Host stops for what the Host's own key signed under another boot; anyone else could only claim to have heard it. */
const isFenced = (home: Home, verdict: Verdict): boolean =>
  home.kind === 'host' && verdict.is === 'reject' && verdict.reason === 'host_conflict';

/** Signed again under its old dedup key, a message needs its signer and edge to be right, not its state. */
const outcomeOf = (home: Home, m: Message): Verdict => {
  const said = home.tables.get('dedup', m.from, m.to, m.type, m.dedup);
  const again = said !== undefined && said.content === m.event.content;
  const rules = again
    ? AUTHORIZE_RULES.filter((rule) => rule.name !== 'state' && rule.name !== 'lease')
    : AUTHORIZE_RULES;
  return authorize(m, authorizationContextOf(home, m), rules);
};

const isFork = (home: Home, m: Message): boolean =>
  m.seq !== null &&
  home.tables
    .list('messages', { sender: m.from, recipient: m.to, stream: m.seq.stream, seq: m.seq.n })
    .some((row) => row.id !== m.id);

/** A signer that leaves gap after gap would make every later message of its stream dearer. */
const MAX_RANGES = 1000;
const isScattered = (home: Home, m: Message): boolean => {
  const row = m.seq && home.tables.get('streams', m.from, m.to, m.seq.stream);
  if (!row || m.seq!.n <= row.top + 1) return false;
  return row.ranges.length > MAX_RANGES;
};

/** Where it was not even counted, for want of room, it is not kept either. */
const isWorthKeeping = (home: Home, m: Message, rejects: Rejections): boolean => {
  const pending = rejects.pending('dedup_conflict', m.from);
  const written = home.tables.get('rejects', 'dedup_conflict', m.from)?.count ?? 0;
  return pending > 0 && pending + written <= CONFLICTS_PER_SIGNER;
};

const conflict = (home: Home, m: Message): Entry => ({
  dir: 'local',
  event: recordOf(home, 'message.conflict', { event: m.event as never }),
});

const hold = (
  home: Home,
  m: Message,
  seal: Entry['event'],
  { reason, awaits }: Extract<Verdict, { is: 'hold' }>,
  refuse: (reason: string) => Outcome,
): Outcome => {
  const before = home.tables.get('held_messages', m.id);
  if (before?.awaits === awaits) return { kept: true, settled: false, held: true };
  if (!before && isFull(home, m.from, reason)) return refuse('held_full');
  const body = { id: m.id, signer: m.from, me: m.to, reason, awaits, seal: seal as never };
  const entries: Entry[] = [{ dir: 'local', event: recordOf(home, 'message.held', body) }];
  return { kept: true, settled: false, entries, held: true };
};

const isFull = ({ tables }: Home, signer: string, reason: string): boolean =>
  tables.count('held_messages', { signer }) >= HELD_PER_SIGNER ||
  (reason.startsWith('awaits_') && tables.count('held_messages', { signer, reason }) >= AWAITING_PER_SIGNER);

const tryOpen = (
  opening: () => Message,
  rejects: Rejections,
  stranger?: (claim: Claim) => void,
): Message | undefined => {
  try {
    return opening();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    rejects.count(error.reason, error.signer);
    if (error.stranger && error.reason === 'unknown_signer') stranger?.(error.stranger);
    return undefined;
  }
};

/** A stranger has keys without end: all of them together are one row. */
const knownSigner = (home: Home, m: Message): string | null =>
  pinnedRole(home, m.from, m.to) === undefined ? null : m.from;

/** Only what was verified to the bottom is remembered: a forged copy cannot keep the genuine one out. */
const remember = (home: Home, wrapId: string): void => {
  const now = nowSeconds(home);
  home.tables.put('seen', { id: wrapId, at: now });
  const old = home.tables.list('seen', {}, { order: 'at', limit: 2 });
  for (const row of old) if (row.at < now - SEEN_SECONDS) home.tables.remove('seen', row.id);
};

const openContextOf = (home: Home): (() => OpenContext) => {
  const tickets = createTickets(home);
  let windowStart = 0;
  let strangers = 0;
  return () => ({
    suite: home.suite,
    secretKeyOf: (me) => home.identities.get(me)?.secretKey,
    conversationKey: (me, peer) =>
      home.pairs.get(me, peer, () =>
        conversationKey(home.suite, home.identities.get(me)!.secretKey, fromHex(peer), home.random.bytes(32)),
      ),
    roleOf: (signer, me) => pinnedRole(home, signer, me),
    admitStranger: (author) => {
      if (home.kind !== 'host') return false;
      // Who holds an invite does not stand in line with those who hold none.
      if (author !== undefined && tickets.passes(author)) return true;
      const now = home.clock.monotonic();
      if (now - windowStart >= 1000) {
        windowStart = now;
        strangers = 0;
      }
      return strangers++ < STRANGERS_PER_SECOND;
    },
    graph: home.graph,
    now: nowSeconds(home),
    random: home.random.bytes,
  });
};
