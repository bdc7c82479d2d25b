/** R10: a wss relay behind a proxy, with a certificate of the house's own authority. */

import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bundledProgram } from '../../../test/support/bundled-program.ts';
import { type ScriptedRelay, scriptedRelay } from '../../../test/support/scripted-relay.ts';

const child = bundledProgram(
  fileURLToPath(new URL('../../../test/support/relay-client-child.ts', import.meta.url)),
);
const run = promisify(execFile);
let directory: string;
let cert: string;
let relay: ScriptedRelay;
let proxy: Server;
let asked: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-proxy-'));
  const key = join(directory, 'key.pem');
  cert = join(directory, 'cert.pem');
  const names = ['-subj', '/CN=relay.test', '-addext', 'subjectAltName=DNS:relay.test,DNS:localhost'];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...kind, ...names, '-days', '2', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  relay = await scriptedRelay({}, 0, {
    key: await readFile(key, 'utf8'),
    cert: await readFile(cert, 'utf8'),
  });
  proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const through = connect(relay.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    for (const one of [socket, through]) one.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  await relay.close();
  proxy.closeAllConnections();
  proxy.close();
  await rm(directory, { recursive: true });
});

/** The last state that a process with this environment tells. */
const stateAt = async (url: string, environment: Record<string, string>): Promise<string> => {
  const { stdout } = await run(process.execPath, [child, url], { env: environment });
  return stdout.trim().split('\n').at(-1)!;
};
const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

test.each(['HTTPS_PROXY', 'https_proxy'])('%s is heeded, and NODE_EXTRA_CA_CERTS', async (name) => {
  const environment = { [name]: proxyUrl(), NODE_EXTRA_CA_CERTS: cert };
  expect(await stateAt('wss://relay.test', environment)).toBe('synced');
  expect(asked).toEqual(['relay.test:443']);
});

test('an unknown authority is told, with what names it', async () => {
  const state = await stateAt('wss://relay.test', { HTTPS_PROXY: proxyUrl() });
  expect(state).toMatch(/^closed self-signed certificate.*NODE_EXTRA_CA_CERTS=FILE$/);
});

test('NO_PROXY is heeded', async () => {
  const environment = { HTTPS_PROXY: proxyUrl(), NO_PROXY: 'localhost', NODE_EXTRA_CA_CERTS: cert };
  expect(await stateAt(`wss://localhost:${relay.port}`, environment)).toBe('synced');
  expect(asked).toEqual([]);
});

test('a proxy that refuses is told in its words', async () => {
  const refusing = createServer().on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}` };
  expect(await stateAt('wss://relay.test', environment)).toContain('407 Proxy Authentication Required');
  refusing.close();
});
