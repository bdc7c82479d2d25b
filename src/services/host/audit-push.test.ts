/** Records to a collector that fails: each at least once, in order, none lost, and the cursor behind what it acknowledged. */
import { expect, test } from 'vitest';
import { type AuditPush, pushAudit } from './audit-push.ts';

type Answer = number | Error;
const begin = (from: number, to: number, answers: (call: number) => Answer, size = 10) => {
  const [taken, kept, waits, told]: [string[], number[], number[], string[]] = [[], [], [], []];
  let calls = 0;
  const push: AuditPush = {
    clock: { sleep: async (ms) => void waits.push(ms) },
    tell: (text) => void told.push(text),
    pieces: (async function* () {
      for (let n = from + 1; n <= to; n++) yield { n, text: `${n}`.padEnd(size, ' ') };
    })(),
    post: async (body) => {
      const answer = answers(++calls);
      if (answer instanceof Error) throw answer;
      // What fails may have been taken all the same
      if (answer !== 400)
        taken.push(
          ...body
            .trim()
            .split('\n')
            .map((line) => line.trim()),
        );
      return answer;
    },
    keep: async (cursor) => void kept.push(cursor),
    signal: new AbortController().signal,
  };
  return { push, taken, kept, waits, told, calls: () => calls };
};
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + 1 + i}`);
const once = (taken: readonly string[]) => [...new Set(taken)];

test('to one that fails every third time each record comes at least once, in order', async () => {
  const one = begin(0, 5_000, (call) => (call % 3 === 0 ? 500 : 200));
  expect(await pushAudit(one.push)).toEqual({ records: 5_000, last: 5_000 });
  expect(once(one.taken)).toEqual(numbers(0, 5_000));
  expect(one.taken.length).toBeGreaterThan(5_000);
  expect(one.kept).toEqual(Array.from({ length: 25 }, (_, i) => (i + 1) * 200));
});
test('one that is not there in time is told of, and the next push goes on behind what was acknowledged', async () => {
  const first = begin(0, 900, (call) => (call > 2 ? new Error('ECONNREFUSED') : 202));
  await expect(pushAudit(first.push)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  expect([first.kept, first.calls()]).toEqual([[200, 400], 8]);
  expect(first.waits).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
  expect(first.told).toHaveLength(5);
  expect(first.told[1]).toBe('the collector takes no records: ECONNREFUSED; trying again in 1 s (3 of 6)');
  const next = begin(400, 900, () => 200);
  await pushAudit(next.push);
  expect([...first.taken, ...next.taken]).toEqual(numbers(0, 900));
});
test('one that refuses for good is asked once', async () => {
  const one = begin(0, 10, () => 400);
  await expect(pushAudit(one.push)).rejects.toThrow(/it answered 400/);
  expect([one.calls(), one.kept]).toEqual([1, []]);
});
test('a batch has an end in bytes too; of nothing new nothing is sent', async () => {
  const large = begin(0, 5, () => 200, 200_000);
  await pushAudit(large.push);
  expect(large.kept).toEqual([2, 4, 5]);
  const none = begin(5, 5, () => 200);
  expect([await pushAudit(none.push), none.calls()]).toEqual([{ records: 0, last: null }, 0]);
});
