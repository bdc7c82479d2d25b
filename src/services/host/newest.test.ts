import { expect, test } from 'vitest';
import { newest } from './newest.ts';

/** A stream whose events a test gives. */
const source = () => {
  const events: ({ value: string | null } | Error | 'end')[] = [];
  let wake = () => {};
  const stream = async function* () {
    for (;;) {
      const event = events.shift();
      if (event === 'end') return;
      if (event instanceof Error) throw event;
      if (event) yield event.value;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
  const give = async (...more: (string | null | Error)[]) => {
    events.push(...more.map((one) => (one instanceof Error ? one : { value: one })));
    wake();
    await new Promise(setImmediate);
  };
  const end = () => {
    events.push('end');
    wake();
  };
  return { stream: stream(), give, end };
};

test('who is slow gets the last of what came, and each where they are fast', async () => {
  const { stream, give, end } = source();
  const reader = newest(stream);
  const first = reader.next();
  await give('1');
  expect(await first).toEqual({ done: false, value: '1' });
  await give('2', '3', '4');
  expect((await reader.next()).value).toBe('4');
  await give('5');
  end();
  expect((await reader.next()).value).toBe('5');
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

test('a sign of life takes no event away', async () => {
  const { stream, give } = source();
  const reader = newest(stream);
  const first = reader.next();
  await give(null);
  expect((await first).value).toBeNull();
  await give('1', null, null);
  expect((await reader.next()).value).toBe('1');
  await give(null, '2');
  expect((await reader.next()).value).toBe('2');
});

test('what goes wrong is told behind what came before it', async () => {
  const { stream, give } = source();
  const reader = newest(stream);
  const first = reader.next();
  await give('1', new Error('gone'));
  expect((await first).value).toBe('1');
  await expect(reader.next()).rejects.toThrow('gone');
});
