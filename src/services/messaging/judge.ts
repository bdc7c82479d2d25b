/** What becomes of a genuine message: accepted, held, kept as late or as a contradiction, refused and counted. */
import type { Entry } from '../../core/ledger/line.ts';
import { contentDigest } from '../../core/projection/fold.ts';
import { heardBefore } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import { AUTHORIZE_RULES, authorize } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import { authorizationContextOf, roleOfKey } from './authorization-context.ts';
import { holdEntries } from './held-messages.ts';
import type { Home } from './home.ts';
import { conflictEntries, isHostConflict } from './host-conflict.ts';
import type { Rejections } from './rejections.ts';
import { recordOf } from './rejections.ts';

/** Evidence of contradictions that is kept of one signer; the count goes on. */
const CONFLICTS_PER_SIGNER = 20;

/**
 * What came of a message: refused, and why, or kept, so that it needs not be sent again; settled is what is acknowledged,
 * and repeated what was kept moments ago.
 */
export type Outcome = {
  refused?: string;
  settled: boolean;
  repeated?: boolean;
  entries?: Entry[];
  held?: string;
};

/** Less than the time after which a signer says again what nobody acknowledged. */
const ACKNOWLEDGED_MS = 500;
/** Seen again: whoever kept it moments ago, which may be another process of this home, acknowledges it. */
const seenAgain = (home: Home, { kept }: RowOf<'messages'>): Outcome => {
  const repeated = Math.abs(home.clock.now() - kept) <= ACKNOWLEDGED_MS;
  return { settled: !repeated, repeated };
};

/** Runs inside the ledger's append: nothing else can change the read models between the verdict and the line. */
export const judgeMessage = (home: Home, m: Message, seal: Entry['event'], rejects: Rejections): Outcome => {
  const before = home.tables.get('messages', m.id, 'in');
  if (before) return seenAgain(home, before);
  const refuse = (reason: string): Outcome => {
    rejects.count(reason, knownSigner(home, m));
    return { refused: reason, settled: false };
  };
  if (isFork(home, m)) return refuse('stream_fork');
  if (isScattered(home, m)) return refuse('stream_gaps');
  const said = heardBefore(home.tables, m);
  const verdict = outcomeOf(home, m, said);
  if (verdict.is === 'reject')
    return { ...refuse(verdict.reason), entries: conflictEntries(home, m, verdict) };
  if (verdict.is === 'hold') {
    if (verdict.reason === 'epoch_ahead' && !home.tables.get('held_messages', m.id)) refuse(verdict.reason);
    const entries = holdEntries(home, m, seal, verdict);
    return entries === null ? refuse('held_full') : { settled: false, entries, held: verdict.reason };
  }
  if (said && !isSame(home, said, m)) {
    rejects.count('dedup_conflict', m.from);
    return {
      settled: false,
      entries: isWorthKeeping(home, m, rejects) ? [conflict(home, m)] : [],
    };
  }
  if (verdict.is === 'late') rejects.count(verdict.reason, m.from);
  return { settled: true, entries: [{ dir: 'in', event: m.event }] };
};

/** A Host stops for what the Host's own key signed under another boot; anyone else could only claim to have heard it. */
export const isFenced = (home: Home, verdict: Verdict): boolean =>
  home.kind === 'host' && isHostConflict(verdict);

const isSame = (home: Home, said: RowOf<'messages'>, m: Message): boolean =>
  said.content === contentDigest(home.suite.sha256, m.event.content);

/** Signed again under its old dedup key, a message needs its signer and edge to be right, not its state. */
const outcomeOf = (home: Home, m: Message, said: RowOf<'messages'> | undefined): Verdict => {
  const again = said !== undefined && isSame(home, said, m);
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

/** A stranger has keys without end: all of them together are one row. */
export const knownSigner = (home: Home, m: Message): string | null =>
  roleOfKey(home, m.event.pubkey, m.to) === undefined ? null : m.from;
