/** Whom an operator’s command reaches, and with which token. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { readAuthorization } from '../../core/host-api/credential.ts';
import { checkSignedRequest, isSignedBody, useOf } from '../../core/host-api/signed-request.ts';
import { resolveHome } from '../kit/settings.ts';
import { type HostFlags, hostClient, hostStream } from './host-client.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-client-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const status = (tokenFile?: string): Promise<unknown> =>
  hostClient(resolveHome(root, {}, '/'), { 'token-file': tokenFile })({ method: 'GET', path: '/v1/status' });

test('where no Host ever was, that is said; where one is, its token is missing', async () => {
  await expect(status()).rejects.toMatchObject({
    code: 'not_found',
    message: `no Host in ${join(root, 'host', 'default')}`,
  });
  mkdirSync(join(root, 'host', 'default'), { recursive: true });
  await expect(status()).rejects.toMatchObject({ code: 'not_authorized' });
});

test('a Host that does not run is started as it was made: by `up` in its repository, or served', async () => {
  const home = join(root, 'host', 'default');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'operator.token'), 'a-token');
  await expect(status()).rejects.toMatchObject({
    ...{ code: 'unavailable', hint: expect.stringContaining('`entangle host serve`') },
  });
  writeFileSync(join(root, 'up.json'), JSON.stringify({ repository: '/srv/app' }));
  const started = { code: 'unavailable', hint: 'start it with `entangle up` in /srv/app' };
  await expect(status()).rejects.toMatchObject(started);
  const stream = hostStream(
    resolveHome(root, {}, '/'),
    {},
  )({
    ...{ path: '/v1/changes', cursor: null, signal: new AbortController().signal },
  });
  await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject(started);
});

test('a token that was named is read, or missed, wherever the Host is', async () => {
  await expect(status(join(root, 'absent'))).rejects.toMatchObject({ code: 'not_authorized' });
});

const elsewhere = (flags: HostFlags) =>
  hostClient(resolveHome(root, {}, '/'), flags)({ method: 'GET', path: '/v1/status' });

test('T157 the token of this home is not sent to a Host elsewhere', async () => {
  mkdirSync(join(root, 'host', 'default'), { recursive: true });
  writeFileSync(join(root, 'host', 'default', 'operator.token'), 'of-this-home');
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
    hint: expect.stringContaining('--listen'),
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

describe('T181 a key', () => {
  const key = (): string => {
    const file = join(root, 'op.key');
    writeFileSync(file, `${'01'.repeat(32)}\n`, { mode: 0o600 });
    return file;
  };
  test('and another credential at once are refused, whatever the two are', async () => {
    for (const other of ['token-file', 'oidc-token-file'])
      await expect(elsewhere({ 'operator-key-file': key(), [other]: '/x' })).rejects.toMatchObject({
        ...{ code: 'usage', message: expect.stringContaining('a key are named') },
        hint: expect.stringContaining('--operator-key-file and ENTANGLE_OPERATOR_KEY_FILE'),
      });
  });
  test('signs for a Host elsewhere only where its public key is named', async () => {
    const flags = { 'operator-key-file': key(), 'host-url': 'http://127.0.0.1:1' };
    await expect(elsewhere(flags)).rejects.toMatchObject({
      ...{ code: 'usage', hint: expect.stringContaining('--host-npub') },
    });
  });
  test('that is not there, is none, or is open to others is said, and nothing is asked', async () => {
    const flags = { 'host-npub': '0e'.repeat(32), 'host-url': 'http://127.0.0.1:1' };
    const at = (file: string) => elsewhere({ ...flags, 'operator-key-file': join(root, file) });
    await expect(at('absent')).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('keygen'),
    });
    writeFileSync(join(root, 'empty.key'), 'nsec1', { mode: 0o600 });
    await expect(at('empty.key')).rejects.toMatchObject({ code: 'invalid' });
    writeFileSync(join(root, 'zero.key'), '00'.repeat(32), { mode: 0o600 });
    await expect(at('zero.key')).rejects.toMatchObject({ code: 'invalid' });
    writeFileSync(join(root, 'open.key'), '01'.repeat(32), { mode: 0o644 });
    await expect(at('open.key')).rejects.toMatchObject({ hint: expect.stringContaining('chmod 600') });
  });
  test('signs each request anew, for the URL that is asked and the body that is sent', async () => {
    const seen: { url: string; header: string; body: string }[] = [];
    const server = createHttpServer(async (request, response) => {
      let body = '';
      for await (const bytes of request) body += bytes;
      seen.push({
        url: `http://${request.headers.host}${request.url}`,
        header: request.headers.authorization!,
        body,
      });
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const flags = { 'host-url': url, 'host-npub': '0e'.repeat(32), 'operator-key-file': key() };
    const client = hostClient(resolveHome(root, {}, '/'), flags);
    await client({ method: 'GET', path: '/v1/audit?cursor=7' });
    await client({ method: 'POST', path: '/v1/invites', body: { name: 'ü' } });
    await client({ method: 'POST', path: '/v1/invites', body: { name: 'ü' } });
    server.close();
    const now = Math.floor(Date.now() / 1000);
    const events = seen.map(({ url, header, body }, n) => {
      const credential = readAuthorization(header);
      const asked = { method: n === 0 ? ('GET' as const) : ('POST' as const), url, host: '0e'.repeat(32) };
      if (credential?.kind !== 'nostr') throw new Error(header);
      const event = checkSignedRequest(credential.event, { ...asked, suite: suiteWasm, now });
      if (typeof event === 'string') throw new Error(event);
      expect(isSignedBody(event, suiteWasm, Buffer.from(body))).toBe(true);
      return useOf(suiteWasm, event);
    });
    expect(new Set(events).size).toBe(3);
  });
});
