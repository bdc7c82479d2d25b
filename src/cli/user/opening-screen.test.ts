/** Between the key and the open record: a frame, and what is logged on it, which nobody loses. */
import { expect, test } from 'vitest';
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
const TAKEN = '\u001b[?1049l';

test('without a screen nothing is painted, and what is logged goes where it always does', async () => {
  const { one, told } = opening(false);
  one.log('warning', 'old');
  await one.during(Promise.resolve());
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
  await one.during(Promise.resolve());
  expect(raw()).not.toContain(TAKEN);
});

test('where it does not open the terminal is as it was, and what was said goes to stderr', async () => {
  const { one, told, raw } = opening();
  const failing = (async () => {
    await one.unlocked!();
    one.log('error', 'damaged');
    throw new Error('not opened');
  })();
  await expect(one.during(failing)).rejects.toThrow('not opened');
  expect([told, raw().endsWith(TAKEN)]).toEqual([['error damaged'], true]);
});
