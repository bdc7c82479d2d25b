/** Whom an operator’s command reaches, and with which token. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveHome } from '../kit/settings.ts';
import { type HostFlags, hostClient } from './host-client.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-client-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const status = (tokenFile?: string): Promise<unknown> =>
  hostClient(resolveHome(root, {}, '/'), { 'token-file': tokenFile })({ method: 'GET', path: '/v1/status' });

test('where no Host ever was, that is said; where one is, its token is missing', async () => {
  await expect(status()).rejects.toMatchObject({ code: 'not_found', message: `no Host in ${root}` });
  mkdirSync(join(root, 'host'));
  await expect(status()).rejects.toMatchObject({ code: 'not_authorized' });
});

test('a token that was named is read, or missed, wherever the Host is', async () => {
  await expect(status(join(root, 'absent'))).rejects.toMatchObject({ code: 'not_authorized' });
});

const elsewhere = (flags: HostFlags) =>
  hostClient(resolveHome(root, {}, '/'), flags)({ method: 'GET', path: '/v1/status' });

test('T157 the token of this home is not sent to a Host elsewhere', async () => {
  mkdirSync(join(root, 'host'));
  writeFileSync(join(root, 'host', 'operator.token'), 'of-this-home');
  let asked = 0;
  const server = createServer(() => asked++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(elsewhere({ 'host-url': url })).rejects.toMatchObject({
    code: 'not_authorized',
    message: `no operator token for ${url}`,
  });
  expect(asked).toBe(0);
  server.close();
});

test('T157 an address that would carry the token in clear, and an authority that is not there, are said', async () => {
  const file = join(root, 'token');
  writeFileSync(file, 'a-token');
  const named = { 'token-file': file };
  await expect(elsewhere({ ...named, 'host-url': 'http://host.example.org' })).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('https://'),
  });
  const gone = { ...named, 'host-url': 'https://localhost:1', 'host-ca': join(root, 'absent') };
  await expect(elsewhere(gone)).rejects.toMatchObject({ code: 'invalid' });
  await expect(elsewhere({ ...named, 'host-url': 'https://localhost:1' })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'no Host is running at https://localhost:1',
  });
});

test('a token and an identity token at once are refused: which of them was meant nobody can tell', async () => {
  const both = { 'token-file': join(root, 'token'), 'oidc-token-file': join(root, 'identity') };
  await expect(elsewhere(both)).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('unset'),
  });
  await expect(elsewhere({ 'oidc-token-file': join(root, 'identity') })).rejects.toMatchObject({
    code: 'not_authorized',
    message: expect.stringContaining('identity token'),
  });
});
