/** Contexts as their commands change them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { npub } from '../../core/encoding/id.ts';
import { addContext, listContexts, nearerThan, removeContext, useContext } from './contexts.ts';

let root: string;
let env: Record<string, string>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'contexts-'));
  env = { XDG_CONFIG_HOME: root };
});
afterEach(() => rmSync(root, { recursive: true }));
const PROD = { 'host-url': 'https://prod.example', 'token-file': 'prod.token' };
const LAB = { 'host-url': 'http://127.0.0.1:8080', 'oidc-token-file': '/identity', 'host-ca': 'ca.pem' };
const KEY = { 'operator-key-file': 'me.key', 'host-npub': '0e'.repeat(32) };
const names = async () =>
  (await listContexts(env)).items.map(({ name, current }) => `${current ? '*' : ''}${name}`);

test('the first that is added is used, and then the one that is chosen; paths are whole', async () => {
  expect(await addContext(env, 'prod', PROD)).toMatchObject({
    current: true,
    tokenFile: resolve('prod.token'),
  });
  expect(await addContext(env, 'lab', LAB)).toMatchObject({ current: false, ca: resolve('ca.pem') });
  expect(await names()).toEqual(['*prod', 'lab']);
  expect(await useContext(env, 'lab')).toEqual({ current: 'lab', url: 'http://127.0.0.1:8080' });
  expect(await names()).toEqual(['prod', '*lab']);
  expect(await removeContext(env, 'prod')).toMatchObject({ current: false });
  expect(await removeContext(env, 'lab')).toMatchObject({ current: true });
  expect(await names()).toEqual([]);
  await addContext(env, 'prod', PROD);
  expect(await useContext(env, undefined)).toEqual({ current: null, url: null });
  expect(await names()).toEqual(['prod']);
});

test('T181 of who signs it has the file of the key, and the public key of its Host', async () => {
  expect(await addContext(env, 'prod', { 'host-url': PROD['host-url'], ...KEY })).toMatchObject({
    ...{ tokenFile: null, operatorKeyFile: resolve('me.key'), hostNpub: npub(KEY['host-npub']) },
  });
});

test('one that could not be used is refused, and changes nothing', async () => {
  await addContext(env, 'prod', PROD);
  const usage = { code: 'usage', hint: expect.stringContaining('--') };
  for (const wrong of [
    { ...PROD, 'host-url': undefined },
    { ...PROD, 'host-url': 'http://prod.example' },
    { ...PROD, 'token-file': undefined },
    { ...PROD, 'oidc-token-file': 'both' },
    { ...PROD, ...KEY },
    { 'host-url': PROD['host-url'], 'operator-key-file': 'me.key' },
  ])
    await expect(addContext(env, 'other', wrong)).rejects.toMatchObject(usage);
  await expect(addContext(env, 'prod', LAB)).rejects.toMatchObject({ code: 'conflict' });
  for (const change of [useContext, removeContext])
    await expect(change(env, 'other')).rejects.toMatchObject({ code: 'not_found' });
  expect(await names()).toEqual(['*prod']);
});

test('what is refused as an address is repeated, and where there is one is said', async () => {
  const given = { ...PROD, 'host-url': 'unix:/run/api.sock' };
  await expect(addContext(env, 'prod', given)).rejects.toMatchObject({
    message: '--host-url: "unix:/run/api.sock" is no address of a Host',
    hint: expect.stringContaining('`entangle host serve --listen`'),
  });
});

test('whoever chooses one is told where it does not count', () => {
  expect(nearerThan(root, {})).toBeNull();
  for (const variable of ['ENTANGLE_HOME', 'ENTANGLE_HOST'])
    expect(nearerThan(root, { [variable]: 'x' })).toContain(`while ${variable} is set`);
  writeFileSync(join(root, 'up.json'), JSON.stringify({ repository: '/srv/app' }));
  expect(nearerThan(root, {})).toContain('Not in this repository');
});
