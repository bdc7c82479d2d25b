import xterm from '@xterm/headless';
import { afterEach, expect, test } from 'vitest';
import { ours } from '../frame/line.ts';
import { paintFirst } from './first-frame.ts';

const LINES = [[ours(' entangle')], [ours('second', 'good')], [ours('the last one')]];
const exits = process.listenerCount('exit');
afterEach(() => expect(process.listenerCount('exit')).toBe(exits));

/** What is painted, in a terminal where something stood before. */
const painted = () => {
  let raw = '';
  const terminal = new xterm.Terminal({ cols: 12, rows: 3, allowProposedApi: true });
  const write = (text: string) => {
    raw += text;
    terminal.write(text);
    return true;
  };
  const shown = async () => {
    await new Promise<void>((done) => terminal.write('', done));
    const row = (n: number) =>
      terminal.buffer.active.getLine(terminal.buffer.active.baseY + n)!.translateToString(true);
    return { rows: [0, 1, 2].map(row), where: terminal.buffer.active.type };
  };
  terminal.write('$ entangle\r\n$ was here');
  const frame = paintFirst({ write } as NodeJS.WriteStream, LINES, 'none');
  return { frame, shown, write, raw: () => raw };
};

test('each line is in its row of the alternate screen, and the full last one does not scroll', async () => {
  const { frame, shown } = painted();
  expect(await shown()).toEqual({ rows: [' entangle', 'second', 'the last one'], where: 'alternate' });
  frame.takeBack();
});

test('taken back, the terminal is as it was: its lines, its cursor, pastes without brackets', async () => {
  const { frame, shown, write, raw } = painted();
  frame.takeBack();
  write('!');
  expect(await shown()).toEqual({ rows: ['$ entangle', '$ was here!', ''], where: 'normal' });
  expect(raw()).toMatch(/\x1b\[\?2004l\x1b\[\?25h\x1b\[\?1049l!$/);
});

test('handed over, nothing of it stays, and what comes next is shown with its own end', async () => {
  const { frame, shown, raw } = painted();
  frame.handOver();
  expect((await shown()).rows).toEqual(['', '', '']);
  expect(raw().lastIndexOf('\x1b[?2026h')).toBeGreaterThan(raw().lastIndexOf('\x1b[?2026l'));
});

test('a process that ends meanwhile leaves the terminal as it was', async () => {
  const { shown } = painted();
  const last = process.listeners('exit').at(-1)!;
  process.removeListener('exit', last);
  last(0);
  expect((await shown()).where).toBe('normal');
});
