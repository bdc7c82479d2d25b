import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { loadAddon } from './addon.ts';

/** The lowest number that is free, as Node takes it for what it loads. */
const lowest = (): number => {
  const descriptor = openSync(devNull, 'r');
  closeSync(descriptor);
  return descriptor;
};
const loaded = (): number => loadAddon(lowest, true);

const open = new Set<number>();
const fill = (): number => {
  const descriptor = openSync(devNull, 'r');
  open.add(descriptor);
  return descriptor;
};
const free = (descriptor: number): void => {
  open.delete(descriptor);
  closeSync(descriptor);
};
afterEach(() => open.forEach(free));

test('each is loaded under the next number, and leaves nothing open', () => {
  const before = lowest();
  const [first, second, third] = [loaded(), loaded(), loaded()];
  expect([second - first, third - second]).toEqual([1, 1]);
  expect(lowest()).toBe(before);
});

test('what fails to load takes no number', () => {
  const first = loaded();
  const fail = () => {
    throw new Error('no such library');
  };
  expect(() => loadAddon(fail, true)).toThrow('no such library');
  expect(loaded() - first).toBe(1);
});

test('a number that was used is not used again where others were closed below it', () => {
  const run = Array.from({ length: 60 }, fill);
  free(run[2]!);
  const first = loaded();
  fill();
  free(run.at(-1)!);
  expect(loaded()).toBeGreaterThan(first);
});

test('outside of the one file it is loaded as it is', () => {
  expect([loadAddon(lowest, false), loadAddon(lowest, false)]).toEqual([lowest(), lowest()]);
});
