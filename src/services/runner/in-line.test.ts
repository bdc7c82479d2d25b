import { expect, test } from 'vitest';
import { createLine } from './in-line.ts';

test('one at a time, each session in its turn however many another has, and also after one that failed', async () => {
  const inLine = createLine();
  const order: string[] = [];
  let now = 0;
  const work = (name: string) => async () => {
    now += 1;
    order.push(`${name}${now}`);
    await new Promise(setImmediate);
    now -= 1;
    if (name === 'a') throw new Error('failed');
    return name;
  };
  const all = [
    ['1', 'a'],
    ['1', 'b'],
    ['1', 'c'],
    ['2', 'd'],
  ] as const;
  const ends = await Promise.allSettled(all.map(([session, name]) => inLine(session, work(name))));
  expect(order).toEqual(['a1', 'd1', 'b1', 'c1']);
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : 'failed'))).toEqual([
    'failed',
    'b',
    'c',
    'd',
  ]);
});
