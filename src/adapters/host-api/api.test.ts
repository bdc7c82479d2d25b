import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EntangleError } from '../../core/errors.ts';
import type { ApiHandler, ApiRequest, ApiServer } from '../../ports/index.ts';
import { callApi } from './client.ts';
import { type ApiLimits, serveApi } from './server.ts';

let base: string;
let socket: string;
let server: ApiServer | undefined;
let seen: ApiRequest[];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'api-'));
  socket = join(base, 'host', 'api.sock');
  seen = [];
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(base, { recursive: true, force: true });
});

const echo: ApiHandler = async (request) => {
  const body = (await request.body()) ?? null;
  seen.push(request);
  return { status: 200, body: { path: request.path, query: [...request.query], body } };
};
async function serve(
  handler: ApiHandler = echo,
  limits: Partial<ApiLimits> = {},
  onBug?: (error: unknown) => void,
) {
  server = await serveApi({ socket, limits, ...(onBug ? { onBug } : {}) }, handler);
}

/** Sends bytes as they are, and gives everything that came back when the other side closed. */
function raw(text: string | Buffer, then?: (write: (more: string) => void) => void): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const client = connect(socket, () => {
      client.write(text);
      then?.((more) => client.write(more));
    });
    client.on('data', (chunk) => {
      got += chunk.toString('latin1');
    });
    client.on('error', () => {});
    client.on('close', () => resolve(got));
  });
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const request = (start: string, headers: string[] = [], body = ''): string =>
  [start, 'host: localhost', 'connection: close', ...headers, '', body].join('\r\n');
const post = (body: string, headers: string[] = []): string =>
  request(
    'POST /v1/x HTTP/1.1',
    ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, ...headers],
    body,
  );

const failure = async (promise: Promise<unknown>): Promise<EntangleError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EntangleError)) throw new Error(`expected an EntangleError, got ${error}`);
  return error;
};

describe('the socket', () => {
  test('is 0600 in a 0700 directory and goes away with the server', async () => {
    await serve();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(join(base, 'host')).mode & 0o777).toBe(0o700);
    expect(server?.address).toBe(`unix:${socket}`);
    await server?.close();
    expect(existsSync(socket)).toBe(false);
  });

  test('a socket file without a listener is replaced, one with a listener or another file is not', async () => {
    mkdirSync(join(base, 'host'));
    const old = createServer();
    await new Promise<void>((resolve) => old.listen(socket, resolve));
    expect((await failure(serve())).code).toBe('conflict');
    await new Promise((resolve) => old.close(resolve));
    writeFileSync(socket, 'precious');
    expect((await failure(serve())).code).toBe('conflict');
    expect(existsSync(socket)).toBe(true);
  });

  test('a directory that others can write, or that is a link, is refused', async () => {
    mkdirSync(join(base, 'host'));
    chmodSync(join(base, 'host'), 0o777);
    expect((await failure(serve())).code).toBe('invalid');
    rmSync(join(base, 'host'), { recursive: true });
    mkdirSync(join(base, 'elsewhere'));
    symlinkSync(join(base, 'elsewhere'), join(base, 'host'));
    expect((await failure(serve())).code).toBe('invalid');
  });

  test('R18 a path longer than a socket’s is served, asked, refused to a second, and cleared away', async () => {
    const long = join(base, 'x'.repeat(120), 'a Zoë', 's');
    const server = await serveApi({ socket: long }, echo);
    expect((await callApi(long, { method: 'GET', path: '/v1/x', credential: null })).status).toBe(200);
    expect((await failure(serveApi({ socket: long }, echo))).code).toBe('conflict');
    await server.close();
    expect(existsSync(long)).toBe(false);
    const gone = await failure(callApi(long, { method: 'GET', path: '/v1/x', credential: null }));
    expect(gone.message).toContain('no Host is running');
    const nowhere = join(base, 'y'.repeat(120), 's');
    expect((await failure(callApi(nowhere, { method: 'GET', path: '/', credential: null }))).code).toBe(
      'unavailable',
    );
  });
});

describe('a request', () => {
  test('reaches the handler with path, query, body and credential', async () => {
    await serve();
    const answer = await callApi(socket, {
      method: 'POST',
      path: '/v1/runners?limit=2',
      body: { a: [1] },
      credential: { kind: 'bearer', token: 't0k' },
    });
    expect(answer).toEqual({
      status: 200,
      body: { path: '/v1/runners', query: [['limit', '2']], body: { a: [1] } },
    });
    expect(seen[0]?.credential).toEqual({ kind: 'bearer', token: 't0k' });
    const got = await callApi(socket, { method: 'GET', path: '/v1/status', credential: null });
    expect(got.body).toEqual({ path: '/v1/status', query: [], body: null });
    expect(seen[1]?.credential).toBe(null);
  });

  const refused: [string, string, number][] = [
    [
      'a foreign Host (DNS rebinding)',
      'GET /v1/x HTTP/1.1\r\nhost: evil.test\r\nconnection: close\r\n\r\n',
      421,
    ],
    ['no Host in HTTP/1.0', 'GET /v1/x HTTP/1.0\r\n\r\n', 400],
    ['Host with a port', 'GET /v1/x HTTP/1.1\r\nhost: localhost:80\r\nconnection: close\r\n\r\n', 421],
    ['two Hosts', request('GET /v1/x HTTP/1.1', ['host: localhost']), 400],
    ['an Origin', request('GET /v1/x HTTP/1.1', ['origin: http://localhost']), 403],
    ['Origin null', post('{}', ['origin: null']), 403],
    ['a browser without Origin', request('GET /v1/x HTTP/1.1', ['sec-fetch-site: cross-site']), 403],
    ['DELETE', request('DELETE /v1/x HTTP/1.1'), 405],
    ['OPTIONS', request('OPTIONS /v1/x HTTP/1.1'), 405],
    ['a double slash', request('GET /v1//x HTTP/1.1'), 400],
    ['a dot segment', request('GET /v1/../v1/x HTTP/1.1'), 400],
    ['an encoded dot', request('GET /v1/%2e%2e/x HTTP/1.1'), 400],
    ['an encoded letter', request('GET /v1/%78 HTTP/1.1'), 400],
    ['a trailing slash', request('GET /v1/x/ HTTP/1.1'), 400],
    ['a backslash', request('GET /v1\\x HTTP/1.1'), 400],
    ['a whole URL as target', request('GET http://localhost/v1/x HTTP/1.1'), 400],
    ['a token in the query', request('GET /v1/x?access_token=abc HTTP/1.1'), 400],
    ['a parameter twice', request('GET /v1/x?a=1&a=2 HTTP/1.1'), 400],
    ['a method override', post('{}', ['x-http-method-override: DELETE']), 400],
    ['an upgrade', request('GET /v1/x HTTP/1.1', ['upgrade: websocket']), 400],
    ['Expect: 100-continue', post('{}', ['expect: 100-continue']), 400],
    ['a range', request('GET /v1/x HTTP/1.1', ['range: bytes=0-1']), 400],
    ['Basic authorization', request('GET /v1/x HTTP/1.1', ['authorization: Basic YTpi']), 401],
    ['an empty bearer', request('GET /v1/x HTTP/1.1', ['authorization: Bearer ']), 401],
    [
      'two authorizations',
      request('GET /v1/x HTTP/1.1', ['authorization: Bearer a', 'authorization: Bearer b']),
      400,
    ],
    [
      'a form',
      request(
        'POST /v1/x HTTP/1.1',
        ['content-type: application/x-www-form-urlencoded', 'content-length: 3'],
        'a=b',
      ),
      415,
    ],
    [
      'text/plain',
      request('POST /v1/x HTTP/1.1', ['content-type: text/plain', 'content-length: 2'], '{}'),
      415,
    ],
    ['no content type', request('POST /v1/x HTTP/1.1', ['content-length: 2'], '{}'), 415],
    [
      'another charset',
      request(
        'POST /v1/x HTTP/1.1',
        ['content-type: application/json; charset=utf-16', 'content-length: 2'],
        '{}',
      ),
      415,
    ],
    ['compressed content', post('{}', ['content-encoding: gzip']), 415],
    ['duplicate keys', post('{"a":1,"a":2}'), 400],
    ['nesting of 100', post('['.repeat(100) + ']'.repeat(100)), 400],
    ['no JSON', post('{"a"'), 400],
    ['an empty body', post(''), 400],
    ['GET with a body', request('GET /v1/x HTTP/1.1', ['content-length: 2'], '{}'), 400],
    [
      'chunked transfer',
      request(
        'POST /v1/x HTTP/1.1',
        ['content-type: application/json', 'transfer-encoding: chunked'],
        '2\r\n{}\r\n0\r\n\r\n',
      ),
      411,
    ],
    ['TE and CL together (smuggling)', post('{}', ['transfer-encoding: chunked']), 400],
    ['two lengths (smuggling)', post('{}', ['content-length: 3']), 400],
    ['an obscured TE (smuggling)', post('{}', ['transfer-encoding: xchunked']), 400],
    ['a space before the colon (smuggling)', request('GET /v1/x HTTP/1.1', ['x-a : b']), 400],
    ['a folded header', request('GET /v1/x HTTP/1.1', ['x-a: b', ' c']), 400],
    ['a NUL in a header', request('GET /v1/x HTTP/1.1', ['x-a: b\0c']), 400],
    ['headers of 64 KiB', request('GET /v1/x HTTP/1.1', [`x-a: ${'a'.repeat(65_536)}`]), 431],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400],
  ];
  test.each(refused)('%s is refused before the handler', async (_name, bytes, status) => {
    await serve();
    const answer = await raw(bytes);
    expect(statusOf(answer)).toBe(status);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).error.code).toMatch(
      /^(usage|not_authorized)$/,
    );
    expect(seen).toEqual([]);
    expect((await callApi(socket, { method: 'GET', path: '/v1/alive', credential: null })).status).toBe(200);
  });

  test('bytes that are not UTF-8 are refused', async () => {
    await serve();
    const head = request('POST /v1/x HTTP/1.1', ['content-type: application/json', 'content-length: 4']);
    expect(
      statusOf(await raw(Buffer.concat([Buffer.from(head), Buffer.from([0x22, 0xff, 0xfe, 0x22])]))),
    ).toBe(400);
    expect(seen).toEqual([]);
  });

  test('a refused body is never taken for a second request', async () => {
    await serve();
    const inner = 'GET /v1/secret HTTP/1.1\r\nhost: localhost\r\n\r\n';
    const answer = await raw(
      `POST /v1/x HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: ${inner.length + 50}\r\n\r\n${inner}`,
    );
    expect(statusOf(answer)).toBe(415);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  test('a body that the handler does not ask for is not waited for', async () => {
    await serve(async () => ({ status: 401, body: null }));
    const answer = await raw(
      'POST /v1/x HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n',
    );
    expect([statusOf(answer), /^connection: close/im.test(answer)]).toEqual([401, true]);
  });

  test('a body of 100 MB is refused from its length, and one that lies about its length is cut', async () => {
    await serve();
    const head = 'POST /v1/x HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    expect(statusOf(await raw(`${head}content-length: 104857600\r\n\r\n${' '.repeat(100_000)}`))).toBe(413);
    // Whether the answer still comes depends on how the bytes arrive; that nothing more is taken does not.
    const answer = await raw(`${head}content-length: 2\r\n\r\n{}${'x'.repeat(2_000_000)}`);
    expect([200, 400]).toContain(statusOf(answer));
    expect(seen.length).toBeLessThanOrEqual(1);
    expect((await callApi(socket, { method: 'GET', path: '/v1/alive', credential: null })).status).toBe(200);
  });

  test('slow headers and slow bodies are ended by the time limits', async () => {
    await serve(echo, { headersMs: 150, requestMs: 300 });
    const drip = (write: (more: string) => void) => {
      const timer = setInterval(() => write('x-a: b\r\n'), 40);
      setTimeout(() => clearInterval(timer), 3_000).unref();
    };
    expect(statusOf(await raw('GET /v1/x HTTP/1.1\r\nhost: localhost\r\n', drip))).toBe(408);
    const head =
      'POST /v1/x HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{';
    expect(statusOf(await raw(head))).toBe(408);
    expect(seen).toEqual([]);
  });

  test('T112: who connects and asks nothing, or never ends asking, keeps nobody out', async () => {
    await serve();
    const held = Array.from({ length: 300 }, (_, i) => {
      const client = connect(socket);
      client.on('error', () => {});
      if (i % 3 > 0) client.write('POST /v1/x HTTP/1.1\r\nhost: x\r\n');
      if (i % 3 > 1) client.write('content-type: application/json\r\ncontent-length: 9\r\n\r\n{');
      return client;
    });
    await Promise.all(held.map((one) => new Promise((resolve) => one.once('connect', resolve))));
    for (let i = 0; i < 6; i++)
      expect((await callApi(socket, { method: 'GET', path: '/v1/alive', credential: null })).status).toBe(
        200,
      );
    for (const one of held) one.destroy();
  });

  test('a caller that goes away in the middle of its body is no bug', async () => {
    const bugs: unknown[] = [];
    await serve(echo, {}, (error) => bugs.push(error));
    await new Promise<void>((resolve) => {
      const client = connect(socket, () => {
        client.write(
          'POST /v1/x HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
        );
        client.end();
      });
      client.on('close', () => resolve());
      client.resume();
    });
    expect((await callApi(socket, { method: 'GET', path: '/v1/alive', credential: null })).status).toBe(200);
    expect(bugs).toEqual([]);
  });
});

describe('errors', () => {
  test.each([
    ['not_authorized', 401],
    ['denied', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['invalid', 422],
    ['unavailable', 503],
    ['usage', 400],
    ['timed_out', 504],
  ] as const)('%s is %i on the wire and the same error at the caller', async (code, status) => {
    await serve(async () => {
      throw new EntangleError(code, 'what', { hint: 'do', details: [{ at: 1 }] });
    });
    expect(statusOf(await raw(request('GET /v1/x HTTP/1.1')))).toBe(status);
    const error = await failure(callApi(socket, { method: 'GET', path: '/v1/x', credential: null }));
    expect([error.code, error.message, error.hint, error.details]).toEqual([code, 'what', 'do', [{ at: 1 }]]);
  });

  test('a bug is 500 without its words, and the Host is told', async () => {
    const bugs: unknown[] = [];
    await serve(
      async () => {
        throw new TypeError('secret inside');
      },
      {},
      (error) => bugs.push(error),
    );
    const error = await failure(callApi(socket, { method: 'GET', path: '/v1/x', credential: null }));
    expect(error.code).toBe('bug');
    expect(error.message).not.toContain('secret');
    expect(bugs).toHaveLength(1);
  });

  test('nobody listening is unavailable, and says what to start', async () => {
    const error = await failure(callApi(socket, { method: 'GET', path: '/v1/x', credential: null }));
    expect(error.code).toBe('unavailable');
    expect(error.hint).toContain('entangle host serve');
  });

  test('something else on the socket is not believed', async () => {
    mkdirSync(join(base, 'host'));
    const other = createServer((client) =>
      client.resume().end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'),
    );
    await new Promise<void>((resolve) => other.listen(socket, resolve));
    expect((await failure(callApi(socket, { method: 'GET', path: '/v1/x', credential: null }))).code).toBe(
      'unavailable',
    );
    await new Promise((resolve) => other.close(resolve));
  });
});
