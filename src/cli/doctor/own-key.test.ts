/** The key that doctor looks at is the one that signs: after a recovery the first one may be gone, and that is no fault. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRecoveryKey, succeedAuthority } from '../host/authority-succession.ts';
import { makeHost } from '../host/init.ts';
import { resolveHome } from '../kit/settings.ts';
import { homeFindings } from './homes.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-doctor-key-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const UNSERVED = { graph: 'main', relay: ['ws://127.0.0.1:1'], keys: 'file' as const, lease: 60_000 };
const recovered = async () => {
  const paths = resolveHome(root, {}, '/');
  const rest = { members: false, 'recovery-file': undefined, 'no-input': true, 'passphrase-file': undefined };
  const { host } = await makeHost(paths, { ...UNSERVED, ...rest });
  const recovery = await readRecoveryKey(join(paths.host, 'recovery.key'));
  const given = { 'passphrase-file': undefined, yes: true, 'no-input': true };
  const by = { owner: 'entangle host authority recover', log: () => {}, recovery };
  const { to } = await succeedAuthority(paths, given, by);
  return { paths, host, to, keys: join(paths.host, 'keys') };
};
const found = async (paths: ReturnType<typeof resolveHome>, check: string) =>
  (await homeFindings(paths, { input: false })).find(
    (one) => one.of === 'host default' && one.check === check,
  );

test('of a Host that another key came to sign for it is that one, whether the first is there or gone', async () => {
  const { paths, host, to, keys } = await recovered();
  expect(to).not.toBe(host);
  const isSound = { state: 'ok', words: `${to}, kept in file` };
  expect(await found(paths, 'key')).toMatchObject(isSound);
  unlinkSync(join(keys, 'host.key'));
  expect(await found(paths, 'key')).toMatchObject(isSound);
  // It is also the one by which the relays are met: what is told of them is of them
  expect(await found(paths, 'ws://127.0.0.1:1')).toMatchObject({
    state: 'problem',
    words: expect.stringContaining('ECONNREFUSED'),
  });
});

test('the one that signs is missed where it is gone, or another lies under its name', async () => {
  const { paths, to, keys } = await recovered();
  const missed = {
    ...{ state: 'problem', words: expect.stringContaining(to) },
    mend: expect.stringContaining('host authority recover'),
  };
  const [later] = readdirSync(keys).filter((name) => name.startsWith('host-'));
  const first = readFileSync(join(keys, 'host.key'));
  unlinkSync(join(keys, later!));
  expect(await found(paths, 'key')).toMatchObject(missed);
  writeFileSync(join(keys, later!), first, { mode: 0o600 });
  expect(await found(paths, 'key')).toMatchObject(missed);
});
