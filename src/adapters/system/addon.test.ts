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
/** The lowest number that is free above this one: a process has others open, which ones is not ours to know. */
const freeAbove = (taken: number): number => {
  const held: number[] = [];
  do held.push(openSync(devNull, 'r'));
  while (held.at(-1)! <= taken);
  for (const descriptor of held) closeSync(descriptor);
  return held.at(-1)!;
};

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

test('each is loaded under the next free number, and leaves nothing open', () => {
  const run = Array.from({ length: 6 }, fill);
  for (const at of [1, 4]) free(run[at]!);
  const before = lowest();
  const first = loaded();
  const next = [freeAbove(first), freeAbove(freeAbove(first))];
  expect([loaded(), loaded()]).toEqual(next);
  expect(lowest()).toBe(before);
});

test('what fails to load takes no number', () => {
  const first = loaded();
  const fail = () => {
    throw new Error('no such library');
  };
  expect(() => loadAddon(fail, true)).toThrow('no such library');
  expect(loaded()).toBe(freeAbove(first));
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
