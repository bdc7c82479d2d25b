/** Bytes for a terminal: one line that stays, or nothing that moves a cursor. */
import xterm from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { ours } from '../frame/line.ts';
import { liveWriter, plainWriter } from './writer.ts';

const below = (status: string, typed: string | null = null) => ({ status: [ours(status)], typed });
const line = (text: string) => [ours(text)];

describe('the line that stays', () => {
  const rowsAfter = async (
    steps: readonly (string | { columns: number })[],
    { columns = 30, rows = 6 } = {},
  ): Promise<string[]> => {
    const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    for (const step of steps) {
      if (typeof step === 'string') await new Promise<void>((done) => terminal.write(step, done));
      else terminal.resize(step.columns, rows);
    }
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, row) =>
      active.getLine(row)!.translateToString(true),
    ).filter((text) => text !== '');
  };

  test('is below what is appended, once', async () => {
    const writer = liveWriter('none');
    const bytes = [
      writer.begin(),
      writer.write([line('one')], below('status 1')),
      writer.write([], below('status 2')),
      writer.write([line('two'), line('three')], below('status 2')),
    ];
    expect(await rowsAfter(bytes)).toEqual(['one', 'two', 'three', 'status 2']);
    expect(writer.write([], below('status 2'))).toBe('');
    expect(await rowsAfter([...bytes, writer.end()])).toEqual(['one', 'two', 'three']);
  });
  test('leaves nothing of itself where the terminal became narrower or wider', async () => {
    const writer = liveWriter('none');
    const wide = writer.write([line('one')], below('a status of twenty-nine cells'));
    const narrow = writer.write([], below('narrow'));
    const again = writer.write([line('two')], below('wide again, twenty-eight cell'));
    expect(await rowsAfter([wide, { columns: 12 }, narrow])).toEqual(['one', 'narrow']);
    expect(await rowsAfter([wide, { columns: 12 }, narrow, { columns: 40 }, again])).toEqual([
      'one',
      'two',
      'wide again, twenty-eight cell',
    ]);
  });
  test('gives the cursor and the pastes back', () => {
    const writer = liveWriter('default');
    expect(writer.begin()).toBe('\u001b[?25l\u001b[?2004h');
    expect(writer.end()).toBe('\r\u001b[J\u001b[?2004l\u001b[?25h');
  });
});

describe('without one', () => {
  test('nothing is written but lines, and what is typed goes on where it ended', () => {
    const writer = plainWriter();
    const all = [
      writer.begin(),
      writer.write([line('one')], below('status')),
      writer.write([line('type it')], below('', 'reason: ')),
      writer.write([], below('', 'reason: n')),
      writer.write([], below('', 'reason: no')),
      writer.write([], below('', 'reason: n')),
      writer.write([line('between')], below('', 'reason: n')),
      writer.write([], below('status')),
      writer.write([line('two')], below('status')),
      writer.end(),
    ].join('');
    expect(all).toBe('one\ntype it\nreason: no\nreason: n\nbetween\nreason: n\ntwo\n');
    expect(all).not.toMatch(/[^\n\x20-\x7e]/);
  });
  test('a line that was being typed is ended', () => {
    const writer = plainWriter();
    writer.write([], below('', 'reason: n'));
    expect(writer.end()).toBe('\n');
  });
  test('even what is strong has no escape', () => {
    expect(plainWriter().write([[ours('x', 'strong')]], below(''))).toBe('x\n');
  });
});
