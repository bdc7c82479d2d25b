import { expect, test } from 'vitest';
import { eachOnce, once } from './once.ts';

test('each is made when it is first asked for, and never again; their names are there before', () => {
  const made: string[] = [];
  const making = (name: string) => () => {
    made.push(name);
    return { name };
  };
  const one = once(making('one'));
  const all = eachOnce({ a: making('a'), b: making('b') });
  expect([Object.keys(all), 'a' in all, made]).toEqual([['a', 'b'], true, []]);
  expect([one(), all.b]).toEqual([{ name: 'one' }, { name: 'b' }]);
  expect(one()).toBe(one());
  expect(all.b).toBe(all.b);
  expect(made).toEqual(['one', 'b']);
});
