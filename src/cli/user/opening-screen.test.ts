/** Between the key and the open record: a frame, and what is logged on it, which nobody loses. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openingScreen } from './opening-screen.ts';

const opening = (hasScreen = true) => {
  const told: string[] = [];
  let raw = '';
  const write = (text: string): boolean => {
    raw += text;
    return true;
  };
  const terminal = { columns: 80, rows: 24, isTTY: false, write };
  const stdout = hasScreen ? (terminal as NodeJS.WriteStream) : null;
  const one = openingScreen({ theme: 'none' }, stdout, (level, text) => told.push(`${level} ${text}`));
  return { one, told, raw: () => raw };
};
const NO_KEY = join(tmpdir(), 'entangle-no-such-home');
const TAKEN = '\u001b[?1049l';

test('without a screen nothing is painted, and what is logged goes where it always does', async () => {
  const { one, told } = opening(false);
  one.log('warning', 'old');
  await one.during(NO_KEY, async () => undefined);
  expect([one.unlocked, one.opened(), told]).toEqual([undefined, null, ['warning old']]);
});

test('what is said while it opens is on the frame, and on what takes its place', async () => {
  const { one, told, raw } = opening();
  one.log('info', 'before');
  await one.unlocked!();
  expect(raw()).toContain('opening your record');
  one.log('warning', 'rebuilding it');
  expect(raw()).toContain('rebuilding it');
  const shown: string[] = [];
  one.opened()!.handOver();
  one.onSaid((text) => shown.push(text));
  one.log('warning', 'later');
  expect([shown, told]).toEqual([['rebuilding it', 'later'], ['info before']]);
  one.onSaid(null);
  await one.during(NO_KEY, async () => undefined);
  expect(raw()).not.toContain(TAKEN);
});

test('where it does not open the terminal is as it was, and what was said goes to stderr', async () => {
  const { one, told, raw } = opening();
  const failing = one.during(NO_KEY, async () => {
    await one.unlocked!();
    one.log('error', 'damaged');
    throw new Error('not opened');
  });
  await expect(failing).rejects.toThrow('not opened');
  expect([told, raw().endsWith(TAKEN)]).toEqual([['error damaged'], true]);
});

const homeWith = (...keys: string[]): string => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-opening-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'keys'));
  for (const name of keys) writeFileSync(join(directory, 'keys', name), '');
  return directory;
};

test.for<[keys: string[], isPainted: boolean]>([
  [['user.key'], true],
  [[], false],
  [['user.ncryptsec'], false],
  [['user.key', 'user.ncryptsec'], false],
])('with %j it is painted before all else: %s; once', async ([keys, isPainted]) => {
  const { one, raw } = opening();
  let before = '';
  await one.during(homeWith(...keys), async () => {
    before = raw();
    await one.unlocked!();
    expect(raw().split('opening your record')).toHaveLength(2);
  });
  expect(before.includes('opening your record')).toBe(isPainted);
});
