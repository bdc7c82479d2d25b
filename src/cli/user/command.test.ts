/** What a person is told when no relay answered. */
import { describe, expect, test } from 'vitest';
import { startSingleUser } from '../../../test/sim/single-user.ts';
import { isoTime } from '../../core/encoding/time.ts';
import type { RelayState } from '../../core/vocabulary.ts';
import { warnIfStale } from './command.ts';

const told = (
  { home, user }: Awaited<ReturnType<typeof startSingleUser>>,
  synced = false,
  unreached: string | null = null,
): string[] => {
  const lines: string[] = [];
  home.log = (level, text) => lines.push(`${level} ${text}`);
  warnIfStale({ ...user, synced, unreached });
  return lines;
};

test('how old the newest is that is shown, whichever command of this home received it', async () => {
  const alice = await startSingleUser();
  const first = alice.home.clock.now();
  await alice.time.pass(720_000);
  await alice.askApproval();
  const last = alice.home.tables.list('messages', { dir: 'in' }, { order: 'line', descending: true })[0]!;
  expect(last.kept).toBeGreaterThan(first);
  expect(told(alice)).toEqual([
    `warning no relay answered in time: what was sent after ${isoTime(last.kept)} may be missing below`,
  ]);
  expect(told(alice, true)).toEqual([]);
});

test('nothing at all was received', async () => {
  const alice = await startSingleUser(null);
  expect(told(alice)).toEqual(['warning no relay answered in time: nothing was received yet']);
  expect(told(alice, false, 'why')).toEqual(['warning why: nothing was received yet']);
});

describe('T123 a relay that gave something, and not all in time', () => {
  const toldPartly = async (syncedAt: number | null, state: RelayState = 'open'): Promise<string[]> => {
    const alice = await startSingleUser();
    await alice.time.pass(720_000);
    await alice.askApproval();
    const relays = () => [{ url: 'ws://r', state }];
    const exchange = { ...alice.user.exchange, hasGiven: () => true, relays };
    if (syncedAt !== null) alice.home.tables.put('syncs', { relay: 'ws://r', key: 'k', at: syncedAt });
    return told({ ...alice, user: { ...alice.user, exchange } });
  };
  const rest = '; the next command reads on';
  test('did answer: what is missing is older than what it gave first', async () => {
    const more = 'warning the relays hold more than was read in time: what';
    expect(await toldPartly(null)).toEqual([`${more} is older may be missing below${rest}`]);
    const time = isoTime(1_790_000_000_000);
    expect(await toldPartly(1_790_000_000)).toEqual([
      `${more} was sent after ${time} may be missing below${rest}`,
    ]);
  });
  test('did answer, also where it gives no more: no next command reads on', async () => {
    const more = 'warning the relays may hold more than they give:';
    expect(await toldPartly(null, 'withholding')).toEqual([`${more} some may be missing below`]);
    expect(await toldPartly(1_790_000_000, 'withholding')).toEqual([
      `${more} what was sent after ${isoTime(1_790_000_000_000)} may be missing below`,
    ]);
  });
});
