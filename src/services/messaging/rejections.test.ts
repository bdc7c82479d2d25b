/** Refusals are counted in bounds, and written down now and then. */
import { expect, test } from 'vitest';
import { createMemoryHome, seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { createRejections } from './rejections.ts';

const counting = () => {
  const time = virtualClock();
  const home = createMemoryHome({
    kind: 'host',
    name: 'host',
    clock: time.clock,
    random: seededRandom('rejects'),
  });
  const rejects = createRejections(home);
  const rows = () => home.tables.list('rejects').map(({ reason, signer, count }) => [reason, signer, count]);
  const lines = () => home.ledger.head.n;
  return { time, home, rejects, rows, lines };
};
const signer = (n: number): string => n.toString(16).padStart(64, '0');

test('of 1025 signers at a time the last makes no row; strangers always have theirs', async () => {
  const { rejects, rows } = counting();
  for (let n = 1; n <= 1025; n++) rejects.count('wrong_role', signer(n));
  for (let n = 0; n < 3; n++) rejects.count('wrong_role', signer(1));
  expect(rejects.pending('wrong_role', signer(1024))).toBe(1);
  expect(rejects.pending('wrong_role', signer(1025))).toBe(0);
  await rejects.flush();
  expect(rows()).toHaveLength(1024);
  expect(rows()[0]).toEqual(['wrong_role', signer(1), 4]);
});

test('strangers are counted however many signers are', async () => {
  const { rejects, rows } = counting();
  for (let n = 1; n <= 1024; n++) rejects.count('wrong_role', signer(n));
  for (let n = 0; n < 2; n++) rejects.count('unknown_signer', null);
  expect(await rejects.flush()).toBe(true);
  expect(rows()).toContainEqual(['unknown_signer', '', 2]);
  expect(await rejects.flush()).toBe(false);
});

test('one line holds at most sixty-four counts, each of them once', async () => {
  const { home, rejects, rows } = counting();
  for (let n = 1; n <= 65; n++) rejects.count('wrong_role', signer(n));
  await rejects.flush();
  expect(home.disk.lines.map(({ event }) => JSON.parse(event.content).items.length)).toEqual([64, 1]);
  expect(rows()).toEqual(Array.from({ length: 65 }, (_, i) => ['wrong_role', signer(i + 1), 1]));
});

test('T119 a flood costs a line at once and one an hour; what is left is written down at the end', async () => {
  const { time, rejects, rows, lines } = counting();
  await time.pass(5000);
  await rejects.flush();
  expect(lines()).toBe(0);
  rejects.count('revoked', signer(1));
  await rejects.flush();
  for (let second = 1; second < 3600; second++) {
    rejects.count('revoked', signer(1));
    await time.pass(1000);
    await rejects.flush();
  }
  expect([lines(), rows()]).toEqual([1, [['revoked', signer(1), 1]]]);
  expect(rejects.counted()).toMatchObject([{ reason: 'revoked', signer: signer(1), count: 3599 }]);
  await time.pass(1000);
  await rejects.flush();
  expect([lines(), rows(), rejects.counted()]).toEqual([2, [['revoked', signer(1), 3600]], []]);
  rejects.count('revoked', signer(1));
  await rejects.flush(true);
  await rejects.flush(true);
  expect([lines(), rows()]).toEqual([3, [['revoked', signer(1), 3601]]]);
});

test('T119 what is new is written down within a second, whatever else goes on', async () => {
  const { time, rejects, rows, lines } = counting();
  rejects.count('revoked', signer(1));
  await rejects.flush();
  rejects.count('revoked', signer(1));
  rejects.count('revoked', signer(2));
  await time.pass(999);
  await rejects.flush();
  expect(lines()).toBe(1);
  await time.pass(1);
  await rejects.flush();
  expect([lines(), rows()]).toEqual([
    2,
    [
      ['revoked', signer(1), 1],
      ['revoked', signer(2), 1],
    ],
  ]);
  expect(rejects.pending('revoked', signer(1))).toBe(1);
});

test('T119 that something goes on holds up nothing new, and what is new writes down nothing that goes on', async () => {
  const { time, rejects, rows } = counting();
  const count = async (n: number, ms: number) => {
    await time.pass(ms);
    rejects.count('revoked', signer(n));
    await rejects.flush();
  };
  await count(1, 0);
  await count(1, 1500);
  await count(2, 1);
  expect(rows()).toContainEqual(['revoked', signer(2), 1]);
  await count(1, 2000);
  await count(3, 2000);
  expect(rows()).toEqual([1, 2, 3].map((n) => ['revoked', signer(n), 1]));
  expect(rejects.pending('revoked', signer(1))).toBe(2);
});

test('a count says when it was first and last', async () => {
  const { time, home, rejects } = counting();
  const first = time.clock.now() / 1000;
  rejects.count('revoked', signer(1));
  await time.pass(5000);
  rejects.count('revoked', signer(1));
  await rejects.flush();
  expect(home.tables.get('rejects', 'revoked', signer(1))).toMatchObject({
    count: 2,
    first,
    last: first + 5,
  });
});

test('who serves sees what is refused: a reason a line, and of a flood thirty lines an hour', async () => {
  const lines: string[] = [];
  const time = virtualClock();
  const of = (kind: 'host' | 'user') =>
    createRejections(
      createMemoryHome({
        ...{ kind, name: kind, clock: time.clock, random: seededRandom('told') },
        log: (level, text) => lines.push(`${level} ${text}`),
      }),
    );
  const rejects = of('host');
  for (let n = 1; n <= 3; n++) rejects.count('wrong_role', signer(n));
  rejects.count('unknown_signer', null);
  await rejects.flush();
  expect(lines).toEqual([
    'warning refused: wrong_role, 3 messages; `entangle host rejects` counts them',
    'warning refused: unknown_signer, a message; `entangle host rejects` counts them',
  ]);
  for (let n = 4; n <= 60; n++) {
    rejects.count('wrong_role', signer(n));
    await time.pass(1000);
    await rejects.flush();
  }
  expect(lines).toHaveLength(30);
  await time.pass(3_600_000);
  rejects.count('wrong_role', signer(61));
  await rejects.flush();
  expect(lines).toHaveLength(31);
  // A person's commands say what they came for
  const own = of('user');
  own.count('wrong_role', signer(1));
  await own.flush();
  expect(lines).toHaveLength(31);
});
