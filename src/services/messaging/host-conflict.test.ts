/** Of another boot of the Host one message is kept, whichever way it came; of how many boots is bounded. */
import { describe, expect, test } from 'vitest';
import { introduced } from '../../../test/sim/introductions.ts';
import { type Forged, KIT_EPOCH, type Name } from '../../../test/sim/message-kit.ts';
import { epochAbove, requireUnfenced } from './host-conflict.ts';
import { record } from './rejections.ts';

const bootOf = (n: number): string => `b${n}`.repeat(16);
const epochOf = (n: number) => ({ ...KIT_EPOCH, boot: bootOf(n) });
const beat = (n: number, to: Name = 'runner'): Forged => ({
  ...{ type: 'host.beat', from: 'host', to, epoch: epochOf(n), body: { revision: 1, digest: null } },
});
const trust = (n: number): Forged => ({
  ...{ type: 'runner.trust', from: 'host', to: 'runner', epoch: epochOf(n) },
  body: { runner: 'runner', state: 'revoked' },
});
type Kit = Awaited<ReturnType<typeof introduced>>;
const boots = ({ homes }: Kit) => homes.runner.tables.list('host_conflicts').map(({ n, boot }) => [n, boot]);

describe.each([
  ['one that is forwarded', beat],
  ['one that is kept', trust],
] as const)('%s', (_, message) => {
  test('is written down once a boot, with the boot that is followed', async () => {
    const kit = await introduced();
    const { changed } = kit.posts.runner;
    expect(await kit.tell(message(1))).toBe('host_conflict');
    expect(kit.posts.runner.changed).toBe(changed + 1);
    expect(await kit.tell(message(1))).toBe('host_conflict');
    expect(await kit.tell(message(2))).toBe('host_conflict');
    expect(boots(kit)).toEqual([
      [KIT_EPOCH.n, bootOf(1)],
      [KIT_EPOCH.n, bootOf(2)],
    ]);
    expect(kit.posts.runner.changed).toBe(changed + 2);
    expect(kit.homes.runner.tables.count('messages', { type: 'host.conflict' })).toBe(2);
    expect(kit.homes.runner.tables.get('epoch', 'host')).toMatchObject(KIT_EPOCH);
  });

  test('is written down of four boots, and counted of all', async () => {
    const kit = await introduced();
    for (const n of [1, 2, 3, 4, 5, 6]) expect(await kit.tell(message(n))).toBe('host_conflict');
    expect(boots(kit)).toHaveLength(4);
    expect(kit.posts.runner.counted.filter(([reason]) => reason === 'host_conflict')).toHaveLength(6);
  });
});

test('a Host writes down whom it stops for, and does not start again below it', async () => {
  const kit = await introduced();
  const { host: home } = kit.homes;
  expect(() => requireUnfenced(home)).not.toThrow();
  expect(await kit.tell(beat(1, 'host'))).toBe('host_conflict');
  expect(home.tables.list('host_conflicts')).toMatchObject([epochOf(1)]);
  await record(home, 'epoch.claimed', { ...KIT_EPOCH, previous: null, revision: 0 });
  expect(() => requireUnfenced(home)).toThrow(`as epoch ${KIT_EPOCH.n}: one key, one Host`);
  await record(home, 'epoch.claimed', { ...KIT_EPOCH, n: KIT_EPOCH.n + 1, previous: null, revision: 0 });
  expect(() => requireUnfenced(home)).not.toThrow();
});

test.each([
  ['the time', 5, null, 1000, 1000],
  ['its own last one', 2000, null, 1000, 2001],
  ['the one that it stopped for', 5, 3000, 1000, 3001],
])('who takes over claims an epoch above %s', async (_what, own, other, now, claimed) => {
  const kit = await introduced();
  const home = { ...kit.homes.host, clock: { ...kit.homes.host.clock, now: () => now } };
  if (other !== null) home.tables.put('host_conflicts', { n: other, boot: bootOf(1), event: '', at: 0 });
  expect(epochAbove(home, own)).toBe(claimed);
});

test('what is refused for another reason is no conflict', async () => {
  const kit = await introduced();
  const old = { n: KIT_EPOCH.n - 1, boot: bootOf(1) };
  expect(await kit.tell({ ...beat(1), epoch: old })).toBe('stale_epoch');
  expect(boots(kit)).toEqual([]);
});
