/** Where a release says it comes from, checked by the commands of docs/verify.md: jq, openssl and sha256sum. */
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Origin, provenanceText, signedProvenance } from '../../scripts/release/provenance.ts';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { envelopeShape, isLogged } from '../../src/core/evidence/dsse.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/verify.md'), 'utf8');
const commands = /release-provenance\.test\.ts -->\n```sh\n(.*?)\n```/s.exec(page)?.[1] ?? 'exit 9';
const ORIGIN: Origin = {
  ...{ commit: 'ab'.repeat(20), uncommitted: false, given: true, lock: 'cd'.repeat(32), node: '26.10.0' },
};
const FILES = { 'entangle-linux-x64': 'the program', 'install.sh': 'a script', SHA256SUMS: 'sums' };
const NAMES = Object.keys(FILES);
type Subject = { name: string; digest: { sha256: string } };
const [STATEMENT, ENVELOPE] = ['provenance.intoto.json', 'provenance.dsse.json'];
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const { publicKey, privateKey } = generateKeyPairSync('ed25519');

let directory: string;
const at = (name: string): string => join(directory, name);
const release = () => ({
  ...{ out: directory, version: '1.2.0', url: 'https://files.example' },
  files: { 'linux-x64': 'entangle-linux-x64' },
});
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'entangle-provenance-'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(at(name), text);
  const statement = await provenanceText(release(), NAMES, ORIGIN);
  writeFileSync(at(STATEMENT), statement);
  writeFileSync(at(ENVELOPE), signedProvenance(statement, pemOf(privateKey)));
  writeFileSync(at('release.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const said = (): string => {
  const { stdout, stderr, status } = spawnSync('bash', ['-c', commands], {
    cwd: directory,
    encoding: 'utf8',
  });
  return `${status} ${stdout}${stderr}`;
};

test('its subjects are the files, and it says of which commit, lock file and Node they are', () => {
  const { subject, predicate, ...types } = JSON.parse(readFileSync(at(STATEMENT), 'utf8'));
  expect(types).toEqual({
    ...{ _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1' },
  });
  const sumOf = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(Object.fromEntries(subject.map(({ name, digest }: Subject) => [name, digest.sha256]))).toEqual(
    Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, sumOf(text)])),
  );
  expect(predicate).toEqual({
    buildDefinition: {
      buildType: 'https://entangle.run/release/v1',
      externalParameters: {
        ...{ commit: ORIGIN.commit, version: '1.2.0', targets: ['linux-x64'] },
        ...{ uncommitted: false, given: true, url: 'https://files.example' },
      },
      resolvedDependencies: [
        { name: 'source', digest: { gitCommit: ORIGIN.commit } },
        { name: 'package-lock.json', digest: { sha256: ORIGIN.lock } },
        { name: 'node', uri: 'pkg:generic/node@26.10.0' },
      ],
    },
    runDetails: { builder: { id: 'https://entangle.run/release/by-hand' }, metadata: {} },
  });
});

test('made again of one commit it has the same bytes; another commit, builder or time is another', async () => {
  const first = readFileSync(at(STATEMENT), 'utf8');
  expect(await provenanceText(release(), NAMES.toReversed(), ORIGIN)).toBe(first);
  const others: Partial<Origin>[] = [
    { commit: 'ac'.repeat(20) },
    { uncommitted: true },
    { source: 'https://example.org/entangle.git' },
    { builder: 'https://ci.example/release' },
    { finished: '2026-11-29T00:00:00Z' },
  ];
  for (const one of others)
    expect(await provenanceText(release(), NAMES, { ...ORIGIN, ...one })).not.toBe(first);
  for (const wrong of [{ source: 'here' }, { builder: 'me' }, { finished: 'today' }])
    await expect(provenanceText(release(), NAMES, { ...ORIGIN, ...wrong })).rejects.toThrow(/invalid/i);
});

test('the commands of the page take what was released, and name a file that has another byte', () => {
  expect(said()).toMatch(/^0 .*SHA256SUMS: OK/s);
  appendFileSync(at('install.sh'), '#');
  expect(said()).toMatch(/^1 .*install\.sh: FAILED/s);
});

test('and refuse a statement that was changed, and one that somebody else signed', () => {
  const statement = readFileSync(at(STATEMENT), 'utf8');
  writeFileSync(at(STATEMENT), statement.replace('"given": true', '"given": null'));
  expect(said()).toMatch(/^1 .*Signature Verification Failure/s);
  writeFileSync(at(STATEMENT), statement);
  const other = generateKeyPairSync('ed25519').privateKey;
  writeFileSync(at(ENVELOPE), signedProvenance(statement, pemOf(other)));
  expect(said()).toMatch(/^1 .*Signature Verification Failure/s);
});

test('the envelope is one that a log of ours would pass, and no other kind of key signs', () => {
  const { payload, signatures } = envelopeShape().parse(JSON.parse(readFileSync(at(ENVELOPE), 'utf8')));
  const [{ keyid, sig }] = signatures as [{ keyid: string; sig: string }];
  expect(Buffer.from(payload, 'base64').toString()).toBe(readFileSync(at(STATEMENT), 'utf8'));
  expect(isLogged(suiteWasm, { payload, log: keyid, sig })).toBe(true);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  expect(() => signedProvenance('{}', pemOf(rsa))).toThrow(/Ed25519.*rsa/);
});
