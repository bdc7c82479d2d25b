/** T166 The key of a Host as files: out, proved, and back into a home that lost it, but beside no process that serves it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acquireLock } from '../../adapters/system/lock.ts';
import { resolveHome } from '../kit/settings.ts';
import { keepAuthority, keptAuthorityText, putAuthorityText, putBackAuthority } from './authority-key.ts';
import { makeHost } from './init.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'authority-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const INIT = { graph: 'main', relay: ['wss://relay.example.org'], keys: 'file' as const, lease: 60_000 };
const made = async (name: string) => {
  const paths = resolveHome(join(root, name), {}, root);
  const rest = { members: false, 'recovery-file': undefined, 'no-input': true };
  const host = await makeHost(paths, { ...INIT, ...rest, 'passphrase-file': undefined });
  return { paths, host, keyFile: join(paths.host, 'keys', 'host.key') };
};
const flags = () => {
  const words = join(root, 'words');
  writeFileSync(words, 'correct horse battery\n', { mode: 0o600 });
  return { 'passphrase-file': undefined, 'backup-passphrase-file': words, 'no-input': true };
};

test('out, proved, and back into the home that lost it; of another Host it is refused', async () => {
  const [one, two] = [await made('one'), await made('two')];
  const file = join(root, 'host.ncryptsec');
  const kept = await keepAuthority(one.paths, file, { ...flags(), verify: false });
  expect(kept).toEqual({
    ...{ host: one.host.host, graph: one.host.graph },
    file,
    wasWritten: true,
    text: null,
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(keepAuthority(one.paths, file, { ...flags(), verify: false })).rejects.toMatchObject({
    code: 'conflict',
  });
  const proved = await keepAuthority(one.paths, file, { ...flags(), verify: true });
  expect(keptAuthorityText(proved)).toContain('is of the key of this Host');
  const before = readFileSync(one.keyFile, 'utf8');
  unlinkSync(one.keyFile);
  const given = { ...flags(), replace: false };
  const put = await putBackAuthority(one.paths, file, given);
  expect([put.wasPut, putAuthorityText(put)]).toEqual([
    true,
    expect.stringContaining('it signs as this Host'),
  ]);
  expect(readFileSync(one.keyFile, 'utf8')).toBe(before);
  unlinkSync(two.keyFile);
  await expect(putBackAuthority(two.paths, file, given)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('is of another key'),
  });
});

test('not while a process serves that home', async () => {
  const { paths } = await made('served');
  mkdirSync(join(paths.host, 'ledger'), { mode: 0o700 });
  const serving = await acquireLock(join(paths.host, 'ledger', 'lock'), 'entangle host serve');
  try {
    await expect(putBackAuthority(paths, 'x', { ...flags(), replace: false })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('entangle host serve'),
      hint: expect.stringContaining('stop it first'),
    });
  } finally {
    await serving.release();
  }
});

test('where there is no Host, the hint names the way back', async () => {
  const paths = resolveHome(join(root, 'none'), {}, root);
  const missing = { code: 'not_found', hint: expect.stringContaining('entangle host restore') };
  await expect(keepAuthority(paths, 'x', { ...flags(), verify: false })).rejects.toMatchObject(missing);
  await expect(putBackAuthority(paths, 'x', { ...flags(), replace: false })).rejects.toMatchObject(missing);
});

test('what is said of a key that was there', () => {
  const put = { host: 'npub1a', graph: 'aa/main', keys: 'file' as const, wasPut: false };
  expect(putAuthorityText(put)).toContain('nothing was changed');
});
