/** Private SSH keys: what ssh-keygen reads of ours and we of it, and what is no key. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../encoding/bytes.ts';
import { readSshPrivateKey, sshKeyOfSeed, writeSshPrivateKey } from './ssh-private-key.ts';

const root = mkdtempSync(join(tmpdir(), 'entangle-ssh-key-'));
afterAll(() => rmSync(root, { recursive: true }));
const SEED = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const CHECK = new Uint8Array(4).fill(9);
const written = writeSshPrivateKey(SEED, 'ci-bot', CHECK);
let made = 0;
const generated = (...args: string[]): string => {
  const file = join(root, `key-${made++}`);
  execFileSync('ssh-keygen', ['-q', '-f', file, ...args], { stdio: 'ignore' });
  return readFileSync(file, 'utf8');
};

test.each([0, 1, 2, 3, 4, 5, 6, 7])('ssh-keygen reads what is written, with a comment of %i more', (more) => {
  const file = join(root, `written-${more}`);
  writeFileSync(file, writeSshPrivateKey(SEED, 'c'.repeat(more), CHECK), { mode: 0o600 });
  const said = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
  expect(said.split(' ').slice(0, 2).join(' ').trim()).toBe(sshKeyOfSeed(SEED).text);
});

test('what ssh-keygen makes is read, with the same public half', () => {
  const text = generated('-t', 'ed25519', '-N', '', '-C', 'x');
  const said = readFileSync(join(root, `key-${made - 1}.pub`), 'utf8');
  expect(said.startsWith(readSshPrivateKey(text)!.key.text)).toBe(true);
  expect(readSshPrivateKey(written)).toEqual({ seed: SEED, key: sshKeyOfSeed(SEED) });
});

const changed = (at: number): string => {
  const lines = written.trim().split('\n');
  const bytes = fromBase64(lines.slice(1, -1).join(''));
  bytes[at]! ^= 1;
  return [lines[0], toBase64(bytes), lines.at(-1)].join('\n');
};

test.each([
  ['under a passphrase', () => generated('-t', 'ed25519', '-N', 'a passphrase')],
  ['of another curve', () => generated('-t', 'ecdsa', '-N', '')],
  ['of RSA', () => generated('-t', 'rsa', '-b', '2048', '-N', '')],
  ['in another format', () => generated('-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PEM')],
  ['without its end', () => written.slice(0, -30)],
  ['with another public half outside', () => changed(70)],
  ['with another secret half', () => changed(175)],
  ['that is none', () => 'sk-4711'],
])('a key %s is none', (_what, text) => {
  expect(readSshPrivateKey(text())).toBeNull();
});
