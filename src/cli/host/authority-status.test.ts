/** T170 A recovery key that is kept offline is proved before it is needed, and never leaves the machine that reads it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveHome } from '../kit/settings.ts';
import { readConfig } from '../wiring/home-config.ts';
import { authorityStatus, authorityText } from './authority-status.ts';
import { makeHost } from './init.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'recovery-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const made = async (name: string) => {
  const paths = resolveHome(join(root, name), {}, root);
  const { recoveryFile } = await makeHost(paths, {
    ...{ graph: 'main', relay: ['wss://relay.example.org'], keys: 'file', lease: 60_000, members: false },
    ...{ 'passphrase-file': undefined, 'recovery-file': join(root, `${name}.key`), 'no-input': true },
  });
  const { recovery } = (await readConfig(paths.host)) as { recovery: string };
  return { recoveryFile, recovery: `sha256:${recovery}` };
};
const answering = (recovery: string) => {
  const asked: unknown[] = [];
  const client = async (request: unknown) => {
    asked.push(request);
    const times = { since: '2026-11-29T00:00:00Z', epochSince: '2026-11-29T00:00:00Z' };
    return {
      host: 'npub1a',
      signs: 'npub1b',
      graph: 'aa/main',
      ...times,
      epoch: 3,
      log: 'ab'.repeat(32),
      recovery,
    };
  };
  return { asked, client };
};

test('the file that `host init` made is proved, and what is sent names nothing of it', async () => {
  const { recoveryFile, recovery } = await made('one');
  const { asked, client } = answering(recovery);
  const status = await authorityStatus(client, recoveryFile);
  expect(authorityText(status)).toContain(`The recovery key in ${recoveryFile} is the one of this Host.`);
  expect(asked).toEqual([{ method: 'GET', path: '/v1/authority' }]);
  expect(authorityText(await authorityStatus(client, undefined))).not.toContain('recovery key');
});

test('that of another Host, and what is none, are refused with what to look for', async () => {
  const [{ recovery }, other] = [await made('two'), await made('three')];
  await expect(authorityStatus(answering(recovery).client, other.recoveryFile)).rejects.toMatchObject({
    code: 'invalid',
    message: `${other.recoveryFile} is the recovery key of another Host: ${other.recovery}`,
    hint: expect.stringContaining(recovery),
  });
  for (const [i, text] of ['', 'ncryptsec1', '0'.repeat(64), 'f'.repeat(64)].entries()) {
    const file = join(root, `none-${i}`);
    writeFileSync(file, text);
    await expect(authorityStatus(answering(recovery).client, file)).rejects.toThrow('holds no recovery key');
  }
  await expect(authorityStatus(answering(recovery).client, join(root, 'nope'))).rejects.toThrow(
    'no such file',
  );
});
