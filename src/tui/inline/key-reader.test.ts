/** Bytes of a terminal as keys and pastes, in whatever pieces they come. */
import { expect, test } from 'vitest';
import { DEAF_MS } from '../state.ts';
import { mayBeEscape, readKeys, restAsKey, START_READING } from './key-reader.ts';

const read = (...chunks: readonly (string | [chunk: string, now: number])[]): string[] => {
  let reading = START_READING;
  const all: string[] = [];
  for (const one of chunks) {
    const [chunk, now] = typeof one === 'string' ? [one, 1] : one;
    const next = readKeys(reading, chunk, false, now);
    reading = next.reading;
    for (const event of next.events)
      all.push(event.what === 'paste' ? `paste ${event.text}` : `${event.together ? '+' : ''}${event.key}`);
  }
  if (mayBeEscape(reading))
    for (const event of restAsKey(reading).events) all.push(`rest ${JSON.stringify(event)}`);
  return all;
};

test.each([
  ['a', ['a']],
  ['\r', ['enter']],
  [' ', ['space']],
  ['\t', ['tab']],
  ['\u007f\u007f', ['backspace', '+backspace']],
  ['\u0003', ['ctrl-c']],
  ['ab\u0003', ['a', '+b', '+ctrl-c']],
  ['\u0015', ['ctrl-u']],
  ['é', ['é']],
  ['\u001b[A\u001b[6~\u001bOB', ['up', '+pagedown', '+down']],
  ['\u001b[15~', ['this key']],
  ['\u001b[[A', ['this key']],
  ['\u001bA', ['this key']],
  ['\u001b\u001b[B', ['escape', '+down']],
])('%j', (bytes, keys) => expect(read(bytes)).toEqual(keys));

test('the escape key is one when nothing goes on with it', () => {
  expect(read('\u001b')).toEqual([expect.stringContaining('"escape"')]);
  expect(read('\u001b', '[A')).toEqual(['up']);
  expect(read('\u001b[', '5', '~x')).toEqual(['pageup', '+x']);
  expect(read('\u001b[2')).toEqual([expect.stringContaining('"this key"')]);
});

test('a few characters at once are keys that no hand typed apart', () => {
  expect(read('7f3a')).toEqual(['7', '+f', '+3', '+a']);
});

test('what is pasted in brackets is one paste, in however many pieces, and what follows are keys', () => {
  const bytes = '\u001b[200~7f\r3a\u001b[B\u001b[201~x';
  for (let at = 1; at < bytes.length; at++)
    expect(read(bytes.slice(0, at), bytes.slice(at)), `${at}`).toEqual(
      ['paste 7f\r3a\u001b[B', '+x'].map((one) => (at === bytes.length - 1 && one === '+x' ? 'x' : one)),
    );
  expect(read('\u001b[200~', 'x')).toEqual([]);
});

test('what is pasted without brackets is one whatever it holds, and so is its end, which comes by itself', () => {
  expect(read('7f3a7f3a')).toEqual(['paste 7f3a7f3a']);
  expect(read('a\r')).toEqual(['paste a\r']);
  expect(read('\n')).toEqual(['paste \n']);
  expect(read(['because of this', 1], ['\r', 2], ['A', 2 + DEAF_MS - 1])).toEqual([
    'paste because of this',
    'paste \r',
    'paste A',
  ]);
  expect(read(['because of this', 1], ['\r', 1 + DEAF_MS])).toEqual(['paste because of this', 'enter']);
});

test('Ctrl-C counts also there, and a paste whose end never comes is let go', () => {
  expect(read(['a long text', 1], ['\u0003', 2])).toEqual(['paste a long text', 'ctrl-c']);
  expect(read(`\u001b[200~${'x'.repeat(70_000)}`, ['\u0003', 2])).toEqual([
    expect.stringMatching(/^paste /),
    'ctrl-c',
  ]);
});
