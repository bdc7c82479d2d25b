/** What every memory of what is good once promises: the file of a Host, and the one of the tests. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openUsedOnce } from '../../src/adapters/system/used-once.ts';
import type { UsedOnce } from '../../src/ports/index.ts';
import { memoryUsedOnce } from '../sim/memory-used-once.ts';

const root = mkdtempSync(join(tmpdir(), 'used-once-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => join(root, `uses-${++count}`);
const use = (n: number): string => n.toString(16).padStart(64, '0');
const NOW = 1_795_000_000;
const time = { now: NOW };
const clock = { now: () => time.now * 1000 };

const makers: [string, () => () => Promise<UsedOnce>][] = [
  [
    'file',
    () =>
      (
        (path) => () =>
          openUsedOnce(path, clock)
      )(fresh()),
  ],
  [
    'memory',
    () =>
      (
        (uses) => async () =>
          memoryUsedOnce(uses)
      )(new Map<string, number>()),
  ],
];
describe.each(makers)('%s', (_kind, make) => {
  test('knows what was used, of two at once lets one in, and knows it again when it is opened anew', async () => {
    const opening = make();
    const one = await opening();
    expect(one.has(use(1))).toBe(false);
    const both = await Promise.all([one.use(use(1), NOW + 60), one.use(use(1), NOW + 60)]);
    expect(both).toEqual([true, false]);
    expect(await one.use(use(1), NOW + 60)).toBe(false);
    await Promise.all([2, 3, 4].map((n) => one.use(use(n), NOW + 60)));
    await one.close();
    const again = await opening();
    expect([1, 2, 3, 4, 5].map((n) => again.has(use(n)))).toEqual([true, true, true, true, false]);
    expect(await again.use(use(4), NOW + 60)).toBe(false);
    await again.close();
  });
});

describe('the file', () => {
  test('T181 has a use before anybody is let in by it, and is private', async () => {
    const path = fresh();
    const one = await openUsedOnce(path, clock);
    expect(await one.use(use(1), NOW + 60)).toBe(true);
    // Nothing was closed: as after a kill
    expect(readFileSync(path, 'utf8')).toBe(`${use(1)} ${NOW + 60}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await one.close();
  });
  test('forgets what is good no more, and nothing else', async () => {
    const path = fresh();
    const one = await openUsedOnce(path, clock);
    await one.use(use(1), NOW + 60);
    await one.use(use(2), NOW + 61);
    await one.close();
    const later = await openUsedOnce(path, { now: () => (NOW + 121) * 1000 });
    expect([later.has(use(1)), later.has(use(2))]).toEqual([false, true]);
    expect(readFileSync(path, 'utf8')).toBe(`${use(2)} ${NOW + 61}\n`);
    await later.close();
  });
  test('passes over a torn line, of which nobody was let in, and goes on behind it', async () => {
    const path = fresh();
    writeFileSync(path, `${use(1)} ${NOW + 60}\n${use(2).slice(0, 40)}`, { mode: 0o600 });
    const one = await openUsedOnce(path, clock);
    expect([one.has(use(1)), one.has(use(2))]).toEqual([true, false]);
    expect(await one.use(use(2), NOW + 60)).toBe(true);
    await one.close();
    const again = await openUsedOnce(path, clock);
    expect(again.has(use(2))).toBe(true);
    await again.close();
  });
  test('that is damaged, or a link, is refused: what it does not say was used could be used again', async () => {
    const path = fresh();
    writeFileSync(path, `${use(1)} ${NOW + 60}\n`, { mode: 0o600 });
    appendFileSync(path, 'x\n');
    await expect(openUsedOnce(path, clock)).rejects.toMatchObject({ code: 'invalid' });
    const linked = fresh();
    symlinkSync(path, linked);
    await expect(openUsedOnce(linked, clock)).rejects.toMatchObject({ code: 'invalid' });
  });
  test('has a bound: where all of it is still good no more is taken, until some is over', async () => {
    const path = fresh();
    const one = await openUsedOnce(path, clock, 3);
    for (const n of [1, 2, 3]) expect(await one.use(use(n), NOW + n)).toBe(true);
    await expect(one.use(use(4), NOW + 60)).rejects.toMatchObject({ code: 'unavailable' });
    expect(one.has(use(4))).toBe(false);
    time.now = NOW + 62;
    expect(await one.use(use(4), NOW + 120)).toBe(true);
    expect([1, 2, 3, 4].map((n) => one.has(use(n)))).toEqual([false, true, true, true]);
    time.now = NOW;
    await one.close();
  });
});
