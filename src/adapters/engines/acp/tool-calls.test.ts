import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MAX_DIRECTIVE, MAX_TOOLS } from '../../../core/bounds.ts';
import { ToolCalls } from './tool-calls.ts';

const codeOf = (answer: string | null): unknown => JSON.parse(answer ?? '{}').error?.code;
type Answer = (directive: string) => Promise<string>;
const FIRST = '{"ok":true,"n":1}';
const DONE = '{"ok":true}';
const callsOf = (answer: Answer) => {
  const asked: string[] = [];
  let waiting = 0;
  const calls = new ToolCalls({
    answer: (directive) => {
      asked.push(directive);
      return answer(directive);
    },
    waiting: async (one) => {
      waiting += 1;
      try {
        return await one;
      } finally {
        waiting -= 1;
      }
    },
  });
  return { calls, asked, waiting: () => waiting };
};

test('a call that was left is not made again: who asks the same gets its answer, once', async () => {
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const { calls, asked, waiting } = callsOf(() => answers[asked.length - 1]!.promise);
  const first = calls.make('a');
  first.leave();
  expect(await first.answer).toBeNull();
  expect(waiting()).toBe(0);
  const again = calls.make('a').answer;
  expect([asked, waiting()]).toEqual([['a'], 1]);
  answers[0]?.resolve(FIRST);
  expect(await again).toBe(FIRST);
  const anew = calls.make('a').answer;
  answers[1]?.resolve('second');
  expect([await anew, asked]).toEqual(['second', ['a', 'a']]);
});
test('each of two equal calls that are left keeps its own answer', async () => {
  const { calls, asked } = callsOf(async () => `{"ok":true,"n":${asked.length}}`);
  const both = [calls.make('a'), calls.make('a')];
  for (const one of both) {
    one.leave();
    // Told twice, it is left once
    one.leave();
  }
  const again = [calls.make('a'), calls.make('a'), calls.make('a')];
  expect(await Promise.all(again.map(({ answer }) => answer))).toEqual(
    [1, 2, 3].map((n) => `{"ok":true,"n":${n}}`),
  );
  expect(asked).toHaveLength(3);
});
test('a refusal that nobody waited for is given to nobody: what is asked again is asked anew', async () => {
  const refusal = '{"ok":false,"error":{"code":"no_lease","message":"m"}}';
  const { calls, asked } = callsOf(async () => (asked.length === 1 ? refusal : DONE));
  calls.make('a').leave();
  calls.make('a').leave();
  await setImmediate();
  expect([await calls.make('a').answer, asked]).toEqual([DONE, ['a', 'a']]);
});
test('what was refused before it began is forgotten, though it is left', async () => {
  const done = Promise.withResolvers<string>();
  const { calls } = callsOf(() => done.promise);
  const others = Array.from({ length: MAX_TOOLS.atOnce }, (_, n) => calls.make(`${n}`).answer);
  calls.make('more').leave();
  done.resolve(DONE);
  await Promise.all(others);
  expect(await calls.make('more').answer).toBe(DONE);
});
test('what is refused before it begins is counted', async () => {
  const { calls, asked } = callsOf(async () => DONE);
  const large = 'x'.repeat(MAX_DIRECTIVE + 1);
  for (let n = 0; n < MAX_TOOLS.refusals; n++) calls.make(large).leave();
  expect(calls.isRefusing).toBe(false);
  calls.make(large).leave();
  expect([calls.isRefusing, asked]).toEqual([true, []]);
});
test('the same call beside one that is waited for is another', async () => {
  const { calls, asked } = callsOf(async () => DONE);
  expect(await Promise.all([calls.make('a').answer, calls.make('a').answer])).toEqual([DONE, DONE]);
  expect(asked).toEqual(['a', 'a']);
});
test('so many are under way at once, also where nobody waits for them', async () => {
  const done = Promise.withResolvers<string>();
  const { calls, asked } = callsOf(() => done.promise);
  for (let n = 0; n < MAX_TOOLS.atOnce; n++) calls.make(`${n}`).leave();
  expect(codeOf(await calls.make('more').answer)).toBe('too_many');
  done.resolve(DONE);
  expect(await calls.make('0').answer).toBe(DONE);
  expect(await calls.make('more').answer).toBe(DONE);
  expect(asked).toHaveLength(MAX_TOOLS.atOnce + 1);
});
test('so many are made in one turn', async () => {
  const { calls, asked } = callsOf(async () => DONE);
  for (let n = 0; n < MAX_TOOLS.calls; n++) await calls.make('a').answer;
  expect(codeOf(await calls.make('a').answer)).toBe('too_many');
  expect(asked).toHaveLength(MAX_TOOLS.calls);
});
test('a directive is as long as one over descriptors', async () => {
  const { calls, asked } = callsOf(async () => DONE);
  expect(await calls.make('x'.repeat(MAX_DIRECTIVE)).answer).toBe(DONE);
  expect(codeOf(await calls.make('x'.repeat(MAX_DIRECTIVE + 1)).answer)).toBe('too_large');
  expect(asked).toHaveLength(1);
});
test('what fails is answered', async () => {
  const { calls } = callsOf(() => Promise.reject(new Error('no such thing')));
  const error = { code: 'failed', message: 'no such thing' };
  expect(JSON.parse((await calls.make('a').answer) ?? '')).toEqual({ ok: false, error });
});
