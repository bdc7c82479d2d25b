/** Signatures of SSH keys: each row is one that only one rule keeps out. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sshsigBy, type TokenOptions, testSshKey } from '../../../test/support/ssh-token.ts';
import { suiteNoble } from '../../adapters/crypto/suite-noble.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fromBase64, toBase64, utf8 } from '../encoding/bytes.ts';
import { readSshKey, SSH_KEY_TYPES } from './ssh-key.ts';
import { armorSignature, unarmorSignature, verifySshSignature } from './ssh-signature.ts';

const MESSAGE = 'sha256:00\n';
const NAMESPACE = 'entangle-approval';
const verify = (base64: string, message = MESSAGE, namespace = NAMESPACE) => {
  const [one, other] = [suiteWasm, suiteNoble].map((suite) =>
    verifySshSignature(suite, fromBase64(base64), utf8(message), namespace),
  );
  expect(one).toEqual(other);
  return one ?? null;
};
const KINDS: TokenOptions[] = [
  { curve: 'ed25519', isToken: false },
  { curve: 'ed25519', isToken: true },
  { curve: 'p256', isToken: false },
  { curve: 'p256', isToken: true },
];

test.each(KINDS)('%o signs, by both hashes', (options) => {
  const key = testSshKey(options);
  for (const hash of ['sha256', 'sha512'] as const) {
    const found = verify(sshsigBy(key, MESSAGE, { hash }));
    expect(found).toMatchObject({ isTouched: options.isToken, key: { text: key.line } });
  }
  expect(readSshKey(`${key.line} alice@example.org\n`)?.text).toBe(key.line);
});

test('every type has its row', () => {
  const types = KINDS.map((options) => testSshKey(options).line.split(' ')[0]);
  expect(types.sort()).toEqual([...SSH_KEY_TYPES].sort());
});

test.each(KINDS)('T172 %o: one changed bit anywhere is no signature', (options) => {
  const bytes = fromBase64(sshsigBy(testSshKey(options), MESSAGE));
  for (let at = 0; at < bytes.length; at++) {
    const other = bytes.slice();
    other[at]! ^= 1 << (at % 8);
    expect(verify(toBase64(other)), `byte ${at}`).toBe(null);
  }
  for (const cut of [bytes.subarray(0, -1), Uint8Array.of(...bytes, 0)])
    expect(verify(toBase64(cut))).toBe(null);
});

test('T172 what is signed for something else, or by a token that nobody touched, is told apart', () => {
  const key = testSshKey();
  expect(verify(sshsigBy(key, MESSAGE, { namespace: 'git' }))).toBe(null);
  expect(verify(sshsigBy(key, MESSAGE, { namespace: 'git' }), MESSAGE, 'git')).toMatchObject({
    isTouched: true,
  });
  expect(verify(sshsigBy(key, MESSAGE), 'sha256:01\n')).toBe(null);
  expect(verify(sshsigBy(key, MESSAGE, { version: 2 }))).toBe(null);
  // 4: somebody was verified, by a PIN, which is no touch
  for (const flags of [0, 4])
    expect(verify(sshsigBy(testSshKey({ flags }), MESSAGE))).toMatchObject({ isTouched: false });
  expect(verify(sshsigBy(testSshKey({ flags: 5 }), MESSAGE))).toMatchObject({ isTouched: true });
});

test.each([
  '',
  'ssh-ed25519',
  'ssh-ed25519 AAAA',
  `ssh-rsa ${testSshKey({ isToken: false }).line.split(' ')[1]}`,
  `ssh-ed25519 ${testSshKey().line.split(' ')[1]}`,
  `${testSshKey({ isToken: false }).line}AA==`,
  'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQ=',
])('no key: %s', (line) => {
  expect(readSshKey(line)).toBe(null);
});

test('any bytes are no signature, and nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(verifySshSignature(suiteWasm, bytes, utf8(MESSAGE), NAMESPACE)).toBe(null);
      expect(readSshKey(`ssh-ed25519 ${toBase64(bytes)}`)).toBe(null);
    }),
  );
});

test('armor is read back, and anything else is none', () => {
  const base64 = sshsigBy(testSshKey({ curve: 'p256' }), MESSAGE);
  const armored = armorSignature(base64);
  expect(unarmorSignature(armored)).toBe(base64);
  expect(unarmorSignature(armored.replaceAll('\n', '\r\n'))).toBe(base64);
  for (const text of [
    '',
    base64,
    armored.slice(5),
    armored.replace('END', 'END '),
    armored.replace(/[A-Z]/, '*'),
  ])
    expect(unarmorSignature(text)).toBe(null);
  expect(unarmorSignature(armored.split('\n').toSpliced(1, 5).join('\n'))).toBe(null);
});
