/** T157: the Host API over TCP. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { TEST_TLS } from '../../../test/support/tls-files.ts';
import { METRICS_MEDIA } from '../../core/host-api/operation.ts';
import type { ApiHandler, ApiPlace, ApiServer } from '../../ports/index.ts';
import { callApi } from './client.ts';
import { streamApi } from './stream.ts';
import { serveApiOverTcp, type TcpOptions } from './tcp.ts';

let servers: ApiServer[] = [];
let seen: string[] = [];
let release = (): void => undefined;
const released = new Promise<void>((resolve) => {
  release = resolve;
});
afterEach(async () => {
  await Promise.all(servers.map((one) => one.close()));
  servers = [];
  seen = [];
});

const handler: ApiHandler = async ({ path, credential, body }) => {
  seen.push(`${path} ${credential?.kind === 'bearer' ? credential.token : undefined}`);
  if (path === '/v1/body') return { status: 200, body: await body() };
  if (path === '/v1/text') return { status: 200, body: '# HELP "x" \ny 1\n', media: METRICS_MEDIA };
  if (!['/v1/events', '/v1/held'].includes(path)) return { status: 200, body: { path } };
  return {
    events: async function* () {
      yield { cursor: '1', data: 'first' };
      if (path === '/v1/events') return;
      await released;
      yield { cursor: '2', data: 'second' };
    },
  };
};
const serve = async (more: Partial<TcpOptions> = {}): Promise<{ port: number; address: string }> => {
  const server = await serveApiOverTcp({ hostname: '127.0.0.1', port: 0, tls: null, ...more }, handler);
  servers.push(server);
  return { address: server.address, port: Number(new URL(server.address).port) };
};
const credential = { kind: 'bearer', token: 't' } as const;
const ask = (place: ApiPlace) => callApi(place, { method: 'GET', path: '/v1/x', credential });

/** Sends bytes as they are; the status of what came back. */
const send = (port: number, secure: boolean, ...headers: string[]): Promise<number> =>
  new Promise((resolve) => {
    const text = ['GET /v1/x HTTP/1.1', 'connection: close', ...headers, '', ''].join('\r\n');
    let got = '';
    const socket = secure
      ? connectTls({ port, host: '127.0.0.1', ca: TEST_TLS.cert, servername: 'localhost' })
      : connect(port, '127.0.0.1');
    socket.once(secure ? 'secureConnect' : 'connect', () => socket.write(text));
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(got)?.[1])));
  });

describe('T157 plain, on this machine', () => {
  test('it answers calls and streams', async () => {
    const { address, port } = await serve();
    expect(address).toBe(`http://127.0.0.1:${port}`);
    const place = { secure: false, hostname: '127.0.0.1', port, ca: null };
    expect(await ask(place)).toEqual({ status: 200, body: { path: '/v1/x' } });
    const signal = AbortSignal.timeout(5_000);
    const stream = streamApi(place, { path: '/v1/events', credential, cursor: null, signal });
    const first = await stream[Symbol.asyncIterator]().next();
    expect(first.value).toEqual({ cursor: '1', data: 'first' });
    expect(seen).toEqual(['/v1/x t', '/v1/events t']);
  });
  test.each(['0.0.0.0', '::', '192.0.2.1', 'localhost', 'host.example.org'])(
    'on %s it is refused without a certificate',
    async (hostname) => {
      await expect(serve({ hostname })).rejects.toMatchObject({
        code: 'usage',
        hint: expect.stringContaining('--tls-cert'),
      });
    },
  );
  test.each<[string, number]>([
    ['127.0.0.1', 200],
    ['localhost:9000', 200],
    ['LOCALHOST', 200],
    ['[::1]:9000', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example:80', 421],
    ['evil@localhost', 421],
    ['0.0.0.0', 421],
    ['', 421],
  ])('asked as %s it says %i', async (name, status) => {
    const { port } = await serve();
    expect(await send(port, false, `host: ${name}`)).toBe(status);
    expect(seen).toHaveLength(status === 200 ? 1 : 0);
  });
  test('no page, no cookie', async () => {
    const { port } = await serve();
    expect(await send(port, false, 'host: localhost', 'origin: http://localhost')).toBe(403);
    expect(await send(port, false, 'host: localhost', 'cookie: token=t')).toBe(400);
    expect(seen).toEqual([]);
  });
  test('what no handler sees is told by its status, and what one sees is not', async () => {
    const refused: number[] = [];
    const { port } = await serve({
      onRefused: (status) => refused.push(status),
      rate: { perSecond: 0.001, burst: 3, most: 9 },
    });
    expect(await send(port, false, 'host: localhost')).toBe(200);
    expect(await send(port, false, 'host: evil.example')).toBe(421);
    expect(await send(port, false, 'host: localhost', `x: ${'x'.repeat(20_000)}`)).toBe(431);
    expect(await send(port, false, 'host: localhost', 'cookie: a=b')).toBe(400);
    expect(await send(port, false, 'host: localhost')).toBe(429);
    expect(refused).toEqual([421, 431, 400, 429]);
  });
  test('an answer that is a text goes as it is, with its type', async () => {
    const { port } = await serve();
    const place = { secure: false, hostname: '127.0.0.1', port, ca: null };
    const answer = await callApi(place, { method: 'GET', path: '/v1/text', credential });
    expect(answer).toEqual({ status: 200, body: '# HELP "x" \ny 1\n' });
  });
  test('a port that is taken is said', async () => {
    const { port } = await serve();
    await expect(serve({ port })).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('--listen'),
    });
  });
});

describe('T157 with a certificate', () => {
  const tls = TEST_TLS;
  const place = (port: number, more = {}) => ({
    secure: true,
    hostname: 'localhost',
    port,
    ca: tls.cert,
    ...more,
  });

  test('it answers who trusts its authority, by a name that it is for', async () => {
    const { port } = await serve({ tls });
    expect((await ask(place(port))).status).toBe(200);
    await expect(ask(place(port, { ca: null }))).rejects.toMatchObject({
      code: 'not_authorized',
      hint: expect.stringContaining('--host-ca'),
    });
    expect(seen).toEqual(['/v1/x t']);
  });
  test('T157 a variable of Node does not make it trust whoever answers', async () => {
    const { port } = await serve({ tls });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await expect(ask(place(port, { ca: null }))).rejects.toMatchObject({ code: 'not_authorized' });
    vi.unstubAllEnvs();
    expect(seen).toEqual([]);
  });
  test.each<[string, number]>([
    ['host.example.org', 200],
    ['host.example.org:443', 200],
    ['127.0.0.1', 200],
    ['entangle-test', 421],
    ['evil.example', 421],
  ])('asked as %s it says %i', async (name, status) => {
    const { port } = await serve({ tls });
    expect(await send(port, true, `host: ${name}`)).toBe(status);
  });
  test('a token is not sent in clear to it, nor read from who speaks no TLS', async () => {
    const { port } = await serve({ tls });
    await expect(ask({ ...place(port), secure: false })).rejects.toMatchObject({ code: 'unavailable' });
    expect(seen).toEqual([]);
  });
  test.each([
    ['no certificate', { cert: 'x', key: TEST_TLS.key }],
    ['no key', { cert: TEST_TLS.cert, key: 'x' }],
  ])('%s is refused before it listens', async (_what, files) => {
    await expect(serve({ tls: files })).rejects.toMatchObject({ code: 'invalid' });
  });
});

test.each([null, TEST_TLS])('T157 200 connections that ask nothing keep nobody out', async (tls) => {
  const { port } = await serve({ tls });
  const held = Array.from({ length: 200 }, (_, i) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    if (i % 2 === 0 && tls === null) socket.write('GET /v1/x HTTP/1.1\r\nhost: x\r\n');
    return socket;
  });
  await Promise.all(held.map((one) => new Promise((resolve) => one.once('connect', resolve))));
  const place = { secure: tls !== null, hostname: '127.0.0.1', port, ca: tls?.cert ?? null };
  for (let i = 0; i < 3; i++) expect((await ask(place)).status).toBe(200);
  for (const one of held) one.destroy();
});

test('T158 who has no token and holds the end of its body back keeps nobody out', async () => {
  const { port } = await serve({ limits: { connections: 2 } });
  const head = 'POST /v1/body HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
  const held = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  for (const one of held) one.write(`${head}content-length: 9\r\n\r\n{`);
  await vi.waitFor(() => expect(seen).toHaveLength(8), 60_000);
  const gone = new Promise((resolve) => held[0]!.once('close', resolve));
  const place = { secure: false, hostname: '127.0.0.1', port, ca: null };
  for (let i = 0; i < 4; i++) expect((await ask(place)).status).toBe(200);
  await gone;
  for (const one of held) one.destroy();
});

test('T157 who never spoke its TLS does not keep the Host from ending', async () => {
  const server = await serveApiOverTcp(
    { hostname: '127.0.0.1', port: 0, tls: TEST_TLS, limits: { headersMs: 7_200_000, requestMs: 7_200_000 } },
    handler,
  );
  const idle = connect(Number(new URL(server.address).port), '127.0.0.1').on('error', () => undefined);
  await new Promise<void>((resolve) => idle.once('connect', resolve));
  const cut = new Promise((resolve) => idle.once('close', resolve));
  await server.close();
  await cut;
});

test('T157 a stream over TLS is not among those who have asked for nothing yet', async () => {
  const { port } = await serve({ tls: TEST_TLS, limits: { connections: 2 } });
  const place = { secure: true, hostname: '127.0.0.1', port, ca: TEST_TLS.cert };
  const signal = AbortSignal.timeout(5_000);
  const events = streamApi(place, { path: '/v1/held', credential, cursor: null, signal })[
    Symbol.asyncIterator
  ]();
  expect((await events.next()).value).toMatchObject({ data: 'first' });
  const idle = Array.from({ length: 9 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  // Eight may wait: with the ninth the oldest of them goes
  await Promise.race(idle.map((one) => new Promise((resolve) => one.once('close', resolve))));
  release();
  expect((await events.next()).value).toMatchObject({ data: 'second' });
  for (const one of idle) one.destroy();
});
