/** Another boot of the Host under the epoch that this home follows: nothing of it is obeyed, and one message of it is kept. */
import type { Entry } from '../../core/ledger/line.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import { epochOf, type Home } from './home.ts';
import { recordOf } from './rejections.ts';

/** Whoever has the Host's key has boots without number; so many of one epoch are evidence enough. */
const MOST_BOOTS = 4;

export const isHostConflict = (verdict: Verdict): boolean =>
  verdict.is === 'reject' && verdict.reason === 'host_conflict';

/** What is to be written down of a refusal. A Host that hears of another one stops, and writes nothing more. */
export const conflictEntries = (home: Home, m: Message, verdict: Verdict): Entry[] => {
  if (home.kind === 'host' || !isHostConflict(verdict)) return [];
  const { n, boot } = m.epoch;
  const isKnown = home.tables.get('host_conflicts', n, boot) !== undefined;
  if (isKnown || home.tables.count('host_conflicts', { n }) >= MOST_BOOTS) return [];
  const body = { n, boot, followed: epochOf(home).boot, event: m.event as never };
  return [{ dir: 'local', event: recordOf(home, 'host.conflict', body) }];
};
