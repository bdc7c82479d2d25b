import { createHash } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { expect, test } from 'vitest';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fingerprint } from './fingerprint.ts';

const [HOST, SELF] = ['1a'.repeat(32), '2b'.repeat(32)];

test('eight words: the first 88 bits of the digest over role and both keys, eleven a word', () => {
  const digest = createHash('sha256')
    .update('entangle/words/1/user/')
    .update(Buffer.from(HOST + SELF, 'hex'))
    .digest();
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const words = Array.from({ length: 8 }, (_, i) => wordlist[parseInt(bits.slice(11 * i, 11 * i + 11), 2)]);
  expect(fingerprint(suiteWasm, 'user', HOST, SELF)).toBe(words.join(' '));
});

test('another role, Host or key has other words', () => {
  const all = [
    fingerprint(suiteWasm, 'user', HOST, SELF),
    fingerprint(suiteWasm, 'runner', HOST, SELF),
    fingerprint(suiteWasm, 'user', SELF, HOST),
    fingerprint(suiteWasm, 'user', HOST, HOST),
  ];
  expect(new Set(all).size).toBe(4);
});
