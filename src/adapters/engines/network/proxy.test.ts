import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isPublic, type Lookup } from './addresses.ts';
import { openProxy, type TurnProxy, WAY_SOCKET } from './proxy.ts';

let scratch: string;
const opened: TurnProxy[] = [];
const servers: Server[] = [];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'entangle-proxy-'));
});
afterEach(async () => {
  for (const proxy of opened.splice(0)) await proxy.close();
  for (const server of servers.splice(0)) server.close();
  rmSync(scratch, { recursive: true, force: true });
});

const listening = async (server: Server): Promise<string> => {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
/** Tells what came to it, head and body. */
const echo = () =>
  listening(
    createHttpServer(async (request, response) => {
      const body = await text(request);
      response.end(
        JSON.stringify({ url: request.url, method: request.method, headers: request.headers, body }),
      );
    }),
  );
const open = async (
  network: readonly string[],
  options: { lookup?: Lookup; bounds?: object } = {},
): Promise<TurnProxy> => {
  const proxy = await openProxy({ scratch: mkdtempSync(join(scratch, 'turn-')), network }, options);
  opened.push(proxy);
  return proxy;
};
const dial = async ({ directory }: TurnProxy): Promise<Socket> => {
  const socket = connect({ path: join(directory, WAY_SOCKET), allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};
/** All that is answered to what is said, until the proxy ends it. */
const say = async (proxy: TurnProxy, words: string): Promise<string> => {
  const socket = await dial(proxy);
  socket.write(words);
  return text(socket)
    .catch(() => '')
    .finally(() => socket.destroy());
};
const get = (target: string, more = '') => `GET http://${target}/a?b HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const tunnel = (target: string) => `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
const outcomes = async (proxy: TurnProxy) =>
  (await proxy.close()).map(({ to, outcome, connections }) => [to, outcome, connections]);

describe('what is listed', () => {
  test('answers a request, which it is told without what is between neighbours', async () => {
    const target = await echo();
    const proxy = await open([target]);
    const more =
      'Proxy-Authorization: Basic x\r\nConnection: keep-alive, X-Own\r\nX-Own: 1\r\nUpgrade: y\r\nX-Other: 2\r\n';
    const answer = await say(proxy, get(target, more));
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(bodyOf(answer)).toEqual({
      ...{ url: '/a?b', method: 'GET', body: '' },
      headers: { host: target, connection: 'close', 'x-other': '2' },
    });
    expect(await outcomes(proxy)).toEqual([[target, 'opened', 1]]);
  });
  test('is joined to by CONNECT, each end closed on its own', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let heard = '';
      // Read to its end as an iterable it would be destroyed, and not only half closed
      socket.on('data', (bytes) => {
        heard += bytes;
      });
      socket.on('end', () => socket.end(`heard ${heard}`));
    });
    const target = await listening(server);
    const proxy = await open([target]);
    const socket = await dial(proxy);
    socket.end(`${tunnel(target)}early and late`);
    expect(await text(socket)).toBe('HTTP/1.1 200 Connection established\r\n\r\nheard early and late');
    const [reached] = await proxy.close();
    expect(reached).toEqual({ to: target, outcome: 'opened', connections: 1, sent: 14, received: 20 });
  });
  test.each([
    ['with its length', 'Content-Length: 4\r\n', 'body'],
    ['in parts', 'Transfer-Encoding: chunked\r\n', '4\r\nbody\r\n0\r\n\r\n'],
  ])('gets a body %s', async (_how, header, body) => {
    const target = await echo();
    const words = get(target, header).replace('GET', 'POST') + body;
    expect(bodyOf(await say(await open([target]), words)).body).toBe('body');
  });
});

describe('T134 what is not listed is not reached', () => {
  test.each([
    ['another port of a listed host', (target: string) => `${target.split(':')[0]}:1`],
    ['another host at a listed port', (target: string) => `127.0.0.2:${target.split(':')[1]}`],
    ['another spelling of a listed host', (target: string) => target.replace('127.0.0.1', '127.0.0.01')],
    ['a name for a listed address', (target: string) => target.replace('127.0.0.1', 'localhost')],
  ])('%s', async (_what, other) => {
    const target = await echo();
    const proxy = await open([target]);
    expect(await say(proxy, tunnel(other(target)))).toMatch(/^HTTP\/1.1 403 /);
    expect(await outcomes(proxy)).toEqual([[other(target), 'not_listed', 1]]);
  });
  test('by a whole URL either', async () => {
    const target = await echo();
    const proxy = await open([target]);
    expect(await say(proxy, get('127.0.0.2:80'))).toMatch(/^HTTP\/1.1 403 /);
  });
  test.each([
    ['a path', 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['https as a URL', 'GET https://a.example/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a user in a URL', 'GET http://u:p@a.example/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a CONNECT without a port', 'CONNECT a.example HTTP/1.1\r\n\r\n'],
    [
      'two lengths',
      `POST http://a.example/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['what is no request', 'hello\r\n\r\n'],
  ])('%s is malformed', async (_what, words) => {
    const proxy = await open(['a.example:80', 'a.example:443'], { lookup: async () => [] });
    expect(await say(proxy, words)).toMatch(/^HTTP\/1.1 400 /);
    expect(await outcomes(proxy)).toEqual([['', 'malformed', 1]]);
  });
  test('a second request of a connection is not forwarded', async () => {
    let asked = 0;
    const target = await listening(createHttpServer((_, response) => response.end(String(++asked))));
    await say(await open([target]), get(target) + get(target));
    expect(asked).toBe(1);
  });
});

describe('T135 a listed name that leads into this machine or the networks around it', () => {
  const to =
    (...addresses: string[]): Lookup =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  test.each([
    '127.0.0.1',
    '169.254.169.254',
    '10.1.2.3',
    '::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
  ])('at %s is refused', async (address) => {
    const proxy = await open(['a.example:80'], { lookup: to(address) });
    expect(await say(proxy, tunnel('a.example:80'))).toMatch(/^HTTP\/1.1 403 [\s\S]*not public/);
    expect(await outcomes(proxy)).toEqual([['a.example:80', 'private_address', 1]]);
  });
  test('is joined to where the list has that very address and port', async () => {
    const target = await echo();
    const named = `a.example:${target.split(':')[1]}`;
    const ask = async (...list: string[]) =>
      (await say(await open(list, { lookup: to('127.0.0.1') }), get(named))).slice(9, 12);
    expect(await ask(named, '127.0.0.1:1')).toBe('403');
    expect(await ask(named, target)).toBe('200');
  });
  test('is looked up once for a connection, and dialled at what was found', async () => {
    const target = await echo();
    const named = `a.example:${target.split(':')[1]}`;
    let looks = 0;
    const lookup: Lookup = async () => (looks++ === 0 ? to('127.0.0.1') : to('127.0.0.2'))('');
    expect(await say(await open([named, target], { lookup }), get(named))).toMatch(/^HTTP\/1.1 200 /);
    expect(looks).toBe(1);
  });
  test('localhost is meant where it is listed', async () => {
    const target = await echo();
    const named = target.replace('127.0.0.1', 'localhost');
    expect(await say(await open([named]), get(named))).toMatch(/^HTTP\/1.1 200 /);
  });
  test.each([
    ['1.1.1.1', true],
    ['2606:4700:4700::1111', true],
    ['100.100.100.200', false],
    ['168.63.129.16', false],
    ['fe80::1', false],
    ['2002:7f00:1::', false],
    ['::', false],
    ['255.255.255.255', false],
    ['a.example', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublic(address)).toBe(expected);
  });
  test.each([
    ['203.114.0.9', '203.114.0.5/24', false],
    ['203.115.0.9', '203.114.0.5/24', true],
    ['2600:1::9', '2600:1::5/64', false],
    ['2600:1:0:1::9', '2600:1::5/64', true],
  ])('%s beside %s, of this machine', (address, cidr, expected) => {
    const [own = ''] = cidr.split('/');
    const common = { address: own, netmask: '', mac: '', internal: false, cidr };
    const one = own.includes(':')
      ? ({ ...common, family: 'IPv6', scopeid: 0 } as const)
      : ({ ...common, family: 'IPv4' } as const);
    expect(isPublic(address, { eth0: [one] })).toBe(expected);
  });
});

describe('T136 what takes too long, or is too much', () => {
  test('a head that does not end, and one that does not begin, are ended', async () => {
    const proxy = await open([], { bounds: { headMs: 200 } });
    expect(await say(proxy, 'GET http://a.example/ HTTP/1.1\r\nX-A:')).toMatch(/^HTTP\/1.1 400 /);
    expect(await say(proxy, '')).toMatch(/^(HTTP\/1.1 400 [\s\S]*)?$/);
  });
  test('a head that is too long', async () => {
    const proxy = await open([], { bounds: { headBytes: 1000 } });
    expect(await say(proxy, get('a.example', `X: ${'x'.repeat(2000)}\r\n`))).toMatch(/^HTTP\/1.1 400 /);
  });
  test('connections beyond the bound, until one of them ends', async () => {
    const target = await listening(createServer((socket) => socket.resume()));
    const proxy = await open([target], { bounds: { connections: 1 } });
    const first = await dial(proxy);
    first.write(tunnel(target));
    await once(first, 'data');
    expect(await say(proxy, tunnel(target))).toBe('');
    first.destroy();
    expect(await outcomes(proxy)).toEqual([
      ['', 'too_many', 1],
      [target, 'opened', 1],
    ]);
  });
  test('a connection on which nothing is said', async () => {
    const target = await listening(createServer((socket) => socket.resume()));
    const proxy = await open([target], { bounds: { idleMs: 200 } });
    expect(await say(proxy, tunnel(target))).toMatch(/^HTTP\/1.1 200 /);
  });
  test('a place that nobody answers at, and a name that nobody knows', async () => {
    const target = await listening(createServer());
    servers.pop()?.close();
    const proxy = await open([target, 'a.example:80'], {
      lookup: async () => Promise.reject(new Error('none')),
    });
    expect(await say(proxy, tunnel(target))).toMatch(/^HTTP\/1.1 502 /);
    expect(await say(proxy, tunnel('a.example:80'))).toMatch(/^HTTP\/1.1 502 /);
  });
  test('a lookup that does not end', async () => {
    const lookup: Lookup = () => new Promise(() => undefined);
    const proxy = await open(['a.example:80'], { lookup, bounds: { dialMs: 100 } });
    expect(await say(proxy, tunnel('a.example:80'))).toMatch(/^HTTP\/1.1 502 /);
  });
  test('more places than are told: the rest are counted together', async () => {
    const proxy = await open([]);
    for (let i = 1; i <= 40; i++) await say(proxy, tunnel(`a${i}.example:80`));
    const places = await outcomes(proxy);
    expect(places).toHaveLength(27);
    expect(places.at(-1)).toEqual(['', 'not_listed', 14]);
  });
  test('the end of the turn ends every connection, and the socket is gone', async () => {
    const ended: Promise<unknown>[] = [];
    const server = createServer((socket) => ended.push(once(socket.resume(), 'close')));
    const target = await listening(server);
    const proxy = await open([target]);
    const [socket, silent] = [await dial(proxy), await dial(proxy)];
    socket.write(tunnel(target));
    await once(socket, 'data');
    await proxy.close();
    await Promise.all([...ended, once(socket.resume(), 'end'), once(silent.resume(), 'end')]);
    const late = connect(join(proxy.directory, WAY_SOCKET));
    expect(await once(late, 'error')).toMatchObject([{ code: 'ENOENT' }]);
  });
  test('a connection that fails as the turn ends is told with the others', async () => {
    const peers: Socket[] = [];
    const target = await listening(createServer((socket) => peers.push(socket)));
    const proxy = await open([target]);
    const socket = await dial(proxy);
    socket.write(tunnel(target));
    await once(socket, 'data');
    const { destroy } = Socket.prototype;
    const failed = new Promise<void>((resolve) => {
      vi.spyOn(Socket.prototype, 'destroy').mockImplementation(function (this: Socket, error) {
        destroy.call(this, error);
        // Its error is told a moment later: the turn ends just now
        if (error) resolve(void proxy.close().catch(() => undefined));
        return this;
      });
    });
    peers[0]!.resetAndDestroy();
    await failed;
    vi.restoreAllMocks();
    expect(await proxy.close()).toMatchObject([{ to: target, outcome: 'opened' }]);
  });
});
