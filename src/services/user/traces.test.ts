/** Lines of what nodes tell, whatever the pieces: nothing twice, nothing that is missing hidden, nothing without bound. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type TracedLine, Traces } from './traces.ts';

const S = 's1';
type Told = Partial<BodyOf<'turn.trace'>> & { from?: string; createdAt?: number };
const messageOf = ({ from = 'node', createdAt = 0, ...body }: Told) => {
  const { text = '', at = 0 } = body;
  return {
    from,
    createdAt,
    body: { session: S, attempt: 1, turn: 1, run: 'aa', at, bytes: Buffer.byteLength(text), text, ...body },
  } as Message<BodyOf<'turn.trace'>>;
};
/** The texts one after the other, as one turn prints them. */
const afterTexts = (...texts: string[]): Traces => {
  const traces = new Traces();
  let at = 0;
  for (const text of texts) {
    traces.note(messageOf({ text, at }), 7);
    at += Buffer.byteLength(text);
  }
  return traces;
};
const words = (lines: readonly TracedLine[]) =>
  lines.map((line) => (line.is === 'printed' ? line.text : line.bytes));

test('a turn is whole when as much of it is here as its node says there was, in whatever order that came', () => {
  const traces = new Traces();
  const at = { attempt: 1, turn: 2 };
  const isWhole = () => traces.isWhole(S, 'node', at);
  expect(isWhole()).toBe(false);
  const body = { turn: 2 };
  traces.note(messageOf({ text: 'one', at: 0, ...body }), 7);
  expect(isWhole()).toBe(false);
  traces.note(messageOf({ text: '', at: 6, ...body }), 7);
  expect(isWhole()).toBe(false);
  traces.note(messageOf({ text: 'two', at: 3, ...body }), 7);
  expect(isWhole()).toBe(true);
  expect(words(traces.lines(S))).toEqual(['onetwo']);
  expect(traces.isWhole(S, 'node', { attempt: 2, turn: 1 })).toBe(false);
  traces.note(messageOf({ text: 'x', at: 0, turn: 3 }), 7);
  expect(isWhole()).toBe(true);
});

describe('lines', () => {
  test.each([
    [['a\nb\n'], ['a', 'b']],
    [
      ['a', 'b\nc'],
      ['ab', 'c'],
    ],
    [
      ['a\n', '\n', 'b'],
      ['a', '', 'b'],
    ],
    [
      ['a\r\nb\r', '\nc\n'],
      ['a', 'b', 'c'],
    ],
    [['€', '€\n'], ['€€']],
    // A bar of progress
    [['1 %\r2 %\r\n'], ['1 %\r2 %']],
  ])('%j are %j', (texts, lines) => {
    expect(words(afterTexts(...texts).lines(S))).toEqual(lines);
  });

  test('one that has not ended is left out where only whole ones are wanted, and keeps its id when it ends', () => {
    const traces = afterTexts('a\nb');
    expect(words(traces.lines(S, { withOpen: false }))).toEqual(['a']);
    expect(words(traces.lines(null, { withOpen: false }))).toEqual(['a']);
    const [, open] = traces.lines(S);
    traces.note(messageOf({ text: 'c\n', at: 3 }), 8);
    expect(traces.lines(S)[1]).toEqual({ ...open, at: 8, text: 'bc' });
  });

  test('longer than two thousand characters are several, none cut in half', () => {
    const lines = words(afterTexts(`${'x'.repeat(1_999)}😀${'y'.repeat(10)}\n`).lines(S));
    expect(lines).toEqual(['x'.repeat(1_999), `😀${'y'.repeat(10)}`]);
    expect(words(afterTexts(`${'x'.repeat(2_000)}\ny`).lines(S))).toEqual(['x'.repeat(2_000), 'y']);
  });

  test('each has another id, and says who tells it', () => {
    const lines = afterTexts('a\nb\nc').lines(S);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(3);
    expect(lines[0]).toMatchObject({ at: 7, session: S, node: 'node' });
  });
});

test('what did not come shows, also before the first', () => {
  const traces = new Traces();
  traces.note(messageOf({ text: 'ab', at: 10 }), 7);
  traces.note(messageOf({ text: 'c\n', at: 100 }), 7);
  expect(words(traces.lines(S))).toEqual([10, 'ab', 88, 'c']);
});

test('what was told before changes nothing', () => {
  const traces = afterTexts('a\n', 'b\n');
  const { version } = traces;
  traces.note(messageOf({ text: 'a\n' }), 9);
  traces.note(messageOf({ text: 'x\n', at: 3 }), 9);
  expect([words(traces.lines(S)), traces.version]).toEqual([['a', 'b'], version]);
});

test('a later attempt goes on below the earlier one, which is heard no more; another node freezes nothing', () => {
  const traces = afterTexts('a');
  traces.note(messageOf({ text: 'again\n', attempt: 2 }), 8);
  traces.note(messageOf({ text: 'late\n', at: 1 }), 9);
  traces.note(messageOf({ text: 'loud\n', attempt: 1000, from: 'other' }), 9);
  traces.note(messageOf({ text: 'on\n', at: 6, attempt: 2 }), 9);
  expect(words(traces.lines(S))).toEqual(['a', 'again', 'loud', 'on']);
});

test('a later turn begins anew though it says that it is the same run', () => {
  const traces = afterTexts('a\n');
  traces.note(messageOf({ text: 'b\n', turn: 2 }), 8);
  traces.note(messageOf({ text: 'c\n', at: 2, turn: 2 }), 8);
  expect(words(traces.lines(S))).toEqual(['a', 'b', 'c']);
});

test('another turn of the attempt goes on below the one before', () => {
  const traces = afterTexts('a\n');
  traces.note(messageOf({ text: 'b\n', turn: 2 }), 8);
  traces.note(messageOf({ text: 'late\n', at: 2 }), 9);
  expect(words(traces.lines(S))).toEqual(['a', 'b']);
});

test('of one session no line of another is shown, whole or not', () => {
  const traces = afterTexts('a\nb');
  traces.note(messageOf({ text: 'c\nd', session: 's2' }), 8);
  expect([words(traces.lines(S)), words(traces.lines('s2')), words(traces.lines(null))]).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['a', 'c', 'b', 'd'],
  ]);
});

test('a turn that is run again begins anew, below what was told of the first run', () => {
  const traces = afterTexts('one\ntw');
  traces.note(messageOf({ text: 'one\ntwo\n', run: 'bb' }), 8);
  expect(words(traces.lines(S))).toEqual(['one', 'tw', 'one', 'two']);
});

test('what was signed more than an hour ago is nothing that runs now', () => {
  const traces = new Traces();
  const now = 10_000_000_000;
  traces.note(messageOf({ text: 'old\n', createdAt: now / 1000 - 3_601 }), now);
  traces.note(messageOf({ text: 'new\n', createdAt: now / 1000 - 3_600 }), now);
  expect(words(traces.lines(S))).toEqual(['new']);
});

test('of all sessions together at most five thousand lines are kept, the newest, each under an id of its own', () => {
  const traces = new Traces();
  for (let i = 0; i < 12_000; i++)
    traces.note(messageOf({ text: `${i}\n`, session: `s${i % 3}`, at: i * 10, bytes: 10 }), 7);
  const lines = traces.lines(null);
  expect(lines.length).toBeLessThanOrEqual(5_000);
  expect(lines.length).toBeGreaterThan(4_000);
  expect(lines.at(-1)).toMatchObject({ text: '11999' });
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
});

test('and at most four million characters', () => {
  const traces = new Traces();
  const text = `${'x'.repeat(1_999)}\n`.repeat(4);
  for (let i = 0; i < 1_500; i++) traces.note(messageOf({ text, at: i * 8_000 }), 7);
  const characters = traces
    .lines(null)
    .reduce((sum, line) => sum + (line.is === 'printed' ? line.text.length : 0), 0);
  expect(characters).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(characters).toBeGreaterThan(2 * 1024 * 1024);
});

test.each([
  ['five thousand lines', 5_000, ''],
  ['four million characters', 4_096, 'x'.repeat(1_024)],
])(
  '%s are not too many, and one more is: then many go, for each time all others are moved',
  (_what, most, text) => {
    const lines = Array.from({ length: most }, () => `${text}\n`);
    expect(afterTexts(...lines).lines(S)).toHaveLength(most);
    expect(afterTexts(...lines, 'x\n').lines(S)).toHaveLength(most + 1 - 500);
  },
);

test('of runs that print nothing for long the quietest is forgotten, so that what it prints next begins anew', () => {
  const traces = new Traces();
  const print = (n: number, at: number) => traces.note(messageOf({ text: 'a', session: `s${n}`, at }), 7);
  for (let n = 0; n < 64; n++) print(n, 0);
  print(0, 1);
  const told = (n: number) => words(traces.lines(`s${n}`));
  expect([told(0), told(1)]).toEqual([['aa'], ['a']]);
  print(64, 0);
  expect([told(0), told(1), told(2), told(64)]).toEqual([['aa'], [], ['a'], ['a']]);
  print(1, 1);
  expect(told(1)).toEqual([1, 'a']);
});
