/** T158: keys of issuers over a real server: what is fetched, how often, and what is not taken of it. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type TestIssuer, testIssuer, verifierOf } from '../../../test/support/issuer.ts';
import { TEST_TLS } from '../../../test/support/tls-files.ts';
import { jsonGetter } from './get-json.ts';

const NOW = 1_795_000_000;
const servers: Server[] = [];
afterEach(async () => {
  for (const one of servers.splice(0)) {
    one.closeAllConnections();
    await new Promise((resolve) => one.close(resolve));
  }
});
type Answer = (path: string, response: ServerResponse) => void;
const serve = async (server: Server): Promise<string> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const plain = async (answer: Answer): Promise<string> => {
  const server = createServer((request, response) => answer(request.url ?? '', response));
  return `http://${await serve(server)}`;
};
const json = (response: ServerResponse, value: unknown): void => void response.end(JSON.stringify(value));

describe('JSON of an issuer', () => {
  test('is what it answers', async () => {
    const url = await plain((_path, response) => json(response, { a: 1 }));
    expect(await jsonGetter()(`${url}/x`)).toEqual({ a: 1 });
  });
  test.each<[string, Answer, RegExp]>([
    ['a redirect', (_, response) => response.writeHead(302, { location: '/other' }).end(), /answered 302/],
    ['too much of it', (_, response) => response.end(`"${'x'.repeat(400)}"`), /more than 200 bytes/],
    ['no JSON', (_, response) => response.end('<html>'), /./],
    ['a key twice', (_, response) => response.end('{"a":1,"a":2}'), /./],
    ['no end', (_, response) => void response.write('{'), /./],
    ['an error', (_, response) => response.writeHead(500).end('{}'), /answered 500/],
  ])('is refused when it is %s', async (_what, answer, words) => {
    const asked: string[] = [];
    const url = await plain((path, response) => {
      asked.push(path);
      answer(path, response);
    });
    await expect(jsonGetter({ bytes: 200, ms: 1_000 })(`${url}/first`)).rejects.toThrow(words);
    expect(asked).toEqual(['/first']);
  });
  test('is not fetched without TLS from elsewhere, nor from whose certificate nobody vouches for', async () => {
    for (const url of ['http://issuer.example/x', 'file:///etc/passwd', 'https://me@issuer.example/x'])
      await expect(jsonGetter()(url), url).rejects.toThrow('is not fetched');
    const at = await serve(createTlsServer({ ...TEST_TLS }, (_, response) => json(response, {})));
    await expect(jsonGetter()(`https://${at}/x`)).rejects.toThrow(/self-signed|certificate/i);
  });
});

describe('the keys of an issuer', () => {
  const start = async (change: (page: unknown, path: string) => unknown = (page) => page) => {
    const time = { monotonic: 5_000_000 };
    const told: string[] = [];
    const paths: string[] = [];
    let issuer: TestIssuer | undefined;
    let isDown = false;
    const url = await plain((path, response) => {
      paths.push(path);
      if (isDown) return void response.writeHead(503).end();
      json(response, change(issuer!.page(path), path));
    });
    issuer = await testIssuer(url, () => NOW);
    const verify = verifierOf({ getJson: jsonGetter() }, { monotonic: () => time.monotonic }, told);
    const look = async (token?: string): Promise<string> => {
      const trusted = { issuer: url, audiences: ['entangle'], keys: null };
      const verdict = await verify(token ?? (await issuer.sign()), [trusted], NOW);
      return typeof verdict === 'string' ? verdict : 'good';
    };
    return { issuer, time, told, paths, look, goDown: (is = true) => (isDown = is) };
  };

  test('are fetched once for many tokens, and again after ten minutes', async () => {
    const { look, paths, time } = await start();
    expect(await Promise.all([look(), look(), look()])).toEqual(['good', 'good', 'good']);
    expect(paths).toEqual(['/.well-known/openid-configuration', '/keys']);
    time.monotonic += 599_999;
    expect(await look()).toBe('good');
    expect(paths).toHaveLength(2);
    time.monotonic += 1;
    expect(await look()).toBe('good');
    expect(paths).toHaveLength(4);
  });
  test('are fetched anew for a key that is not among them, though not at once again', async () => {
    const { issuer, look, paths, time } = await start();
    const old = await issuer.sign();
    await look();
    await issuer.rotate();
    expect(await look()).toBe('identity_key');
    time.monotonic += 10_000;
    expect(await look()).toBe('good');
    expect(await look(old)).toBe('identity_key');
    for (let i = 0; i < 20; i++) await look(await issuer.sign({ header: { kid: `guess-${i}` } }));
    expect(paths).toHaveLength(4);
  });
  test('that are down are said so, asked for again after a moment, and good meanwhile if they are known', async () => {
    const { look, told, paths, time, goDown } = await start();
    goDown();
    expect([await look(), await look()]).toEqual(['identity_unreachable', 'identity_unreachable']);
    expect(paths).toHaveLength(1);
    expect(told).toEqual([expect.stringContaining('answered 503')]);
    goDown(false);
    time.monotonic += 10_000;
    expect(await look()).toBe('good');
    goDown();
    time.monotonic += 60_000;
    expect(await look()).toBe('good');
    time.monotonic += 600_000;
    expect(await look()).toBe('identity_unreachable');
  });

  const page = (more: object) => (value: unknown, path: string) =>
    path === '/keys' ? value : { ...(value as object), ...more };
  const keys = (change: (key: Record<string, unknown>) => unknown) => (value: unknown, path: string) =>
    path === '/keys' ? { keys: (value as { keys: Record<string, unknown>[] }).keys.map(change) } : value;
  test.each<[string, (value: unknown, path: string) => unknown]>([
    ['a description of another issuer', page({ issuer: 'https://other.example' })],
    ['keys that are at no https URL', page({ jwks_uri: 'http://192.0.2.1/keys' })],
    ['keys with their secret', keys((key) => ({ ...key, d: 'AAAA' }))],
    ['keys that only encrypt', keys((key) => ({ ...key, use: 'enc' }))],
    ['a shared secret', keys(() => ({ kty: 'oct', k: 'AAAA' }))],
    ['no keys', keys(() => null)],
    ['too many keys', (value, path) => (path === '/keys' ? { keys: Array(33).fill({}) } : value)],
  ])('are not taken from %s', async (_what, change) => {
    const { look, told } = await start(change);
    expect(await look()).toBe('identity_unreachable');
    expect(told).toHaveLength(1);
  });
});
