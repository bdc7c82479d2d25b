/** Where a new token goes when its Host is elsewhere. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostClient } from '../../core/host-api/client.ts';
import { resolveHome } from '../kit/settings.ts';
import { addByFlags, makeOperator } from './operator-add.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'operator-add-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('T157 a token for a Host elsewhere needs a file: no home of a Host is begun for it', async () => {
  let asked = 0;
  const client = async () => {
    asked += 1;
    return null;
  };
  const flags = { role: 'viewer', expires: undefined, 'token-out': undefined } as const;
  const made = makeOperator(resolveHome(root, {}, '/'), client, 'ci', { ...flags, 'host-url': 'https://h' });
  await expect(made).rejects.toMatchObject({ code: 'usage', hint: expect.stringContaining('--token-out') });
  expect(asked).toBe(0);
  expect(existsSync(join(root, 'host', 'default'))).toBe(false);
});

test('a file that is there already is left as it is, and the Host is asked nothing', async () => {
  const file = join(root, 'ci.token');
  writeFileSync(file, 'another');
  const client = () => Promise.reject(new Error('the Host was asked'));
  const flags = { role: 'viewer', expires: undefined, 'token-out': file } as const;
  await expect(makeOperator(resolveHome(root, {}, '/'), client, 'ci', flags)).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining('choose another name'),
  });
  expect(readFileSync(file, 'utf8')).toBe('another');
});

test('T182 of who signs no token is made, and a file for one is refused', async () => {
  const asked: unknown[] = [];
  const view = { name: 'op', role: 'admin', state: 'active', expires: null, revoked: null };
  const client: HostClient = async (request) => {
    asked.push(request);
    return { ...view, method: 'nip98', identity: null, key: 'npub1' };
  };
  const paths = resolveHome(root, {}, '/');
  const flags = { role: 'admin', expires: undefined, npub: '0e'.repeat(32) } as const;
  const both = addByFlags(paths, client, 'op', { ...flags, 'token-out': join(root, 'op.token') });
  await expect(both).rejects.toMatchObject({ code: 'usage' });
  expect(asked).toEqual([]);
  expect(await addByFlags(paths, client, 'op', { ...flags, 'token-out': undefined })).toMatchObject({
    ...{ method: 'nip98', tokenFile: null },
  });
  const body = { name: 'op', role: 'admin', pubkey: '0e'.repeat(32), expiresAt: null };
  expect(asked).toMatchObject([{ method: 'POST', path: '/v1/operators/enrol', body }]);
  expect(readdirSync(root)).toEqual([]);
});
