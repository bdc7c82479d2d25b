/** Texts in which a secret may stand. */
import { expect, test } from 'vitest';
import { utf8 } from './bytes.ts';
import { secretIn, withoutSecrets } from './without-secrets.ts';

const secret = (name: string, value: string) => ({ name, bytes: utf8(value) });

test('each value is its name, wherever it stands', () => {
  expect(withoutSecrets([secret('model', 'sk-47')], 'sk-47 and sk-47.')).toBe(
    '[secret model] and [secret model].',
  );
  expect(withoutSecrets([secret('model', 'sk-47')], 'sk-4')).toBe('sk-4');
});

test('the line end of a file is no part of it', () => {
  expect(withoutSecrets([secret('model', 'sk-47\r\n')], 'sk-47')).toBe('[secret model]');
  expect(withoutSecrets([secret('empty', '\n')], 'a\nb')).toBe('a\nb');
});

test('also as JSON writes it', () => {
  const value = 'a "b"\n\\c';
  expect(
    withoutSecrets([secret('model', value)], JSON.stringify({ ask: { question: `is it ${value}?` } })),
  ).toBe('{"ask":{"question":"is it [secret model]?"}}');
});

test('of two values the longer one is named; a value of signs is no pattern', () => {
  const both = [secret('short', 'abc'), secret('long', 'abc.$&')];
  expect(withoutSecrets(both, 'abc.$& abc abcx$&')).toBe('[secret long] [secret short] [secret short]x$&');
});

test('bytes that are no text stand in none', () => {
  expect(withoutSecrets([{ name: 'raw', bytes: Uint8Array.of(0xff) }], '\ufffd')).toBe('\ufffd');
});

test('T147 one that stands in bytes is found, whatever they are', () => {
  const bytes = new Uint8Array([0xff, 0x81, ...utf8('key sk-47ä'), 0x00, 0xfe]);
  expect(secretIn([secret('other', 'sk-48'), secret('model', 'sk-47ä\n')], bytes)).toBe('model');
  expect(secretIn([secret('other', 'sk-48'), secret('empty', '\n')], bytes)).toBeNull();
});
