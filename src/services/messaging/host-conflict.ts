/** Another boot of the Host under the epoch that this home follows: nothing of it is obeyed, and one message of it is kept. */
import { EntangleError } from '../../core/errors.ts';
import type { Entry } from '../../core/ledger/line.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import { epochOf, type Home } from './home.ts';
import { recordOf } from './rejections.ts';

/** Whoever has the Host's key has boots without number; so many of one epoch are evidence enough. */
const MOST_BOOTS = 4;

export const isHostConflict = (verdict: Verdict): boolean =>
  verdict.is === 'reject' && verdict.reason === 'host_conflict';

/** What is to be written down of a refusal. A Host knows by it that it stopped for another one, also when it starts again. */
export const conflictEntries = (home: Home, m: Message, verdict: Verdict): Entry[] =>
  isHostConflict(verdict) && !isRewritten(home) ? bootEntries(home, m) : [];

/** The Host’s ledger is not the one whose checkpoint this home holds, and it has not proved the contrary since. */
export const isRewritten = ({ tables }: Home): boolean => {
  const held = tables.get('witness', 'host');
  return held !== undefined && tables.get('rewrites', held.event) !== undefined;
};

/** The same of a boot that this home does not follow. */
export const bootEntries = (home: Home, m: Message): Entry[] => {
  const { n, boot } = m.epoch;
  const isKnown = home.tables.get('host_conflicts', n, boot) !== undefined;
  if (isKnown || home.tables.count('host_conflicts', { n }) >= MOST_BOOTS) return [];
  const body = { n, boot, followed: epochOf(home).boot, event: m.event as never };
  return [{ dir: 'local', event: recordOf(home, 'host.conflict', body) }];
};

const TAKE_OVER = 'stop the other one, and run `entangle host serve --take-over` where this one shall go on';

/** The other boot that this Host stopped for, until an epoch of its own is above it. */
const fencedBy = ({ tables }: Pick<Home, 'tables'>, own: number): number | null => {
  const [highest] = tables.list('host_conflicts', {}, { order: 'n', descending: true, limit: 1 });
  return highest && highest.n >= own ? highest.n : null;
};

export const fencedError = (n: number): EntangleError =>
  new EntangleError(
    'conflict',
    `this Host runs elsewhere too, as epoch ${n}: one key, one Host, so this one stops and does not start again`,
    { hint: TAKE_OVER },
  );

/** Refuses to start what stopped for another boot. */
export const requireUnfenced = (home: Pick<Home, 'tables'>): void => {
  const n = fencedBy(home, home.tables.get('epoch', 'own')?.n ?? 0);
  if (n !== null) throw fencedError(n);
};

/** Above all that this home knows of, and above what it cannot: other starts count by one, and time by the millisecond. */
export const epochAbove = (home: Home, own: number): number =>
  Math.max(own + 1, (fencedBy(home, own) ?? 0) + 1, home.clock.now());
