/** What an engine says comes without the values of its secrets, however it is cut. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Redaction } from './redact.ts';

const secret = (name: string, value: string) => ({ name, bytes: Buffer.from(value) });
const KEY = secret('model', 'sk-sk-47');
const said = (secrets: ConstructorParameters<typeof Redaction>[0], parts: readonly string[]): string => {
  const redaction = new Redaction(secrets);
  return [...parts.map((part) => redaction.push(Buffer.from(part, 'latin1'))), redaction.end()]
    .map((bytes) => Buffer.from(bytes).toString('latin1'))
    .join('');
};

test('a value is its name, wherever it stands and how often', () => {
  expect(said([KEY], ['sk-sk-47', ' and sk-sk-47sk-sk-47.'])).toBe(
    '[secret model] and [secret model][secret model].',
  );
});

test('however it is cut, nothing of it and nothing else is lost', () => {
  const text = 'a sk-sk-sk-47 b sk-sk-4 c sk-sk-47';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 8 }), (cuts) => {
      const at = [0, ...[...cuts].sort((a, b) => a - b), text.length];
      const parts = at.slice(1).map((end, i) => text.slice(at[i], end));
      expect(said([KEY], parts)).toBe('a sk-[secret model] b sk-sk-4 c [secret model]');
    }),
  );
});

test('what may go on as a value is held back, and no more than that', () => {
  const redaction = new Redaction([KEY]);
  expect(Buffer.from(redaction.push(Buffer.from('say sk-s'))).toString()).toBe('say ');
  expect(Buffer.from(redaction.push(Buffer.from('o'))).toString()).toBe('sk-so');
  expect(redaction.end()).toHaveLength(0);
});

test('the line end of a file is no part of its value; a value of several lines is found as a whole', () => {
  expect(said([secret('a', 'one\r\n')], ['one two one\n'])).toBe('[secret a] two [secret a]\n');
  expect(said([secret('a', 'one\ntwo\n')], ['one\ntwo\none'])).toBe('[secret a]\none');
});

test('of two values the longer one is named, and a name is not looked into', () => {
  const both = [secret('short', 'abc'), secret('long', 'abcdef'), secret('word', 'secret')];
  expect(said(both, ['abcdef abc'])).toBe('[secret long] [secret short]');
});

test('bytes that are no text are found as well', () => {
  expect(said([{ name: 'raw', bytes: Uint8Array.of(0xff, 0x00, 0xfe) }], ['x\xff', '\x00\xfey'])).toBe(
    'x[secret raw]y',
  );
});

test('without a value bytes pass as they are', () => {
  const bytes = Buffer.from('as it is');
  expect(new Redaction([]).push(bytes)).toBe(bytes);
  expect(said([secret('empty', '\n')], ['a\nb'])).toBe('a\nb');
});
