/** What is in a support bundle, and what never is. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { hostConfig, userConfig } from '../../services/setup/config.ts';
import { resolveHome } from '../kit/settings.ts';
import { writeConfig } from '../wiring/home-config.ts';
import { writeSupportBundle, writtenBundleText } from './support-bundle.ts';

const PACKAGE = resolve(import.meta.dirname, '../../..');
const KEY = new Uint8Array(32).fill(7);
const CANARIES = {
  hmac: 'c1'.repeat(32),
  ticket: 'c2'.repeat(32),
  key: toHex(KEY),
  query: 'c4'.repeat(16),
  id: '01930000-0000-7000-8000-00000000c3c3',
};
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-support-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const written = async (file = join(root, 'bundle.json')) => {
  const options = { input: false, progress: () => undefined };
  return writeSupportBundle(PACKAGE, resolveHome(root, {}, '/'), file, options);
};
const person = async (): Promise<void> => {
  const directory = resolveHome(root, {}, '/').user('ann');
  await writeConfig(directory, userConfig, {
    ...{ kind: 'user', graph: `${'ab'.repeat(32)}/acme`, keys: 'file', stream: 'f0'.repeat(16) },
    ...{
      relays: [`ws://127.0.0.1:1/?key=${CANARIES.query}`],
      recovery: 'cd'.repeat(32),
      name: 'ann',
      host: 'ab'.repeat(32),
    },
    ...{ invite: { id: CANARIES.id, hmac: CANARIES.hmac }, ticket: CANARIES.ticket },
  });
  await fileKeyStore(join(directory, 'keys')).create('user', KEY);
};

test('it says what is in it, and has of a home what helps and nothing that opens anything', async () => {
  await person();
  const value = await written();
  const text = readFileSync(value.file, 'utf8');
  const bundle = JSON.parse(text);
  expect(Object.keys(bundle.contents)).toEqual(['program', 'doctor', 'homes']);
  expect(bundle.doctor.findings.map(({ of }: { of: string }) => of)).toContain('user ann');
  expect(bundle.homes).toMatchObject([
    {
      home: 'user ann',
      settings: { kind: 'user', name: 'ann', relays: ['ws://127.0.0.1:1/?…'] },
      counts: { messages: {}, sessions: {}, refused: {} },
    },
  ]);
  for (const canary of Object.values(CANARIES)) expect(text).not.toContain(canary);
  expect(statSync(value.file).mode & 0o777).toBe(0o600);
  expect(writtenBundleText(value)).toContain('read it before you send it');
});

test('T196 of a legal hold it has that there is one, and not why', async () => {
  const reason = 'counsel asks about ann';
  await writeConfig(resolveHome(root, {}, '/').host, hostConfig, {
    ...{ kind: 'host', graph: `${'ab'.repeat(32)}/acme`, keys: 'file', stream: 'f0'.repeat(16) },
    ...{ relays: ['ws://127.0.0.1:1'], recovery: 'cd'.repeat(32), leaseMs: 60_000, bootstrap: null },
    ...{ members: true, holds: [{ name: 'ann-v-acme', reason, since: '2026-11-29T00:00:00.000Z' }] },
  });
  const text = readFileSync((await written()).file, 'utf8');
  expect(JSON.parse(text).homes[0].settings).toMatchObject({ kind: 'host', holds: 1 });
  expect(text).not.toContain('counsel');
  expect(text).not.toContain('ann-v-acme');
});

test('a home that cannot be read is said to be one, and no file is written over', async () => {
  await person();
  writeFileSync(join(resolveHome(root, {}, '/').user('ann'), 'config.yaml'), 'kind: user\n');
  const { file } = await written();
  const { homes } = JSON.parse(readFileSync(file, 'utf8'));
  expect(homes[0].settings).toContain('config.yaml');
  await expect(written(file)).rejects.toMatchObject({ code: 'conflict' });
});
