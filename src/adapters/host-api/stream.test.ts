/** Streams over a real socket: what is read comes as it was written, and who does not read costs nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EntangleError } from '../../core/errors.ts';
import type { ApiEvent, ApiHandler, ApiRequest, ApiServer } from '../../ports/index.ts';
import { type ApiLimits, serveApi } from './server.ts';
import { streamApi } from './stream.ts';

let base: string;
let socket: string;
let server: ApiServer | undefined;
let seen: ApiRequest[];
let clients: Socket[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'api-stream-'));
  socket = join(base, 'api.sock');
  seen = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await server?.close();
  server = undefined;
  rmSync(base, { recursive: true, force: true });
});

type Source = (signal: AbortSignal) => AsyncGenerator<ApiEvent | null>;
const bugs: unknown[] = [];
const serve = async (source: Source, limits: Partial<ApiLimits> = {}): Promise<void> => {
  const handler: ApiHandler = async (request) => {
    seen.push(request);
    return { events: source };
  };
  server = await serveApi({ socket, limits, onBug: (error) => bugs.push(error) }, handler);
};
const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
const open = (cursor: string | null = null, signal = new AbortController().signal) =>
  streamApi(socket, { path: '/v1/x', credential: { kind: 'bearer', token: 't' }, cursor, signal });
/** All that comes, and the error that ends it. */
const readAll = async (stream: AsyncIterable<ApiEvent | null>) => {
  const events: (ApiEvent | null)[] = [];
  try {
    for await (const event of stream) events.push(event);
  } catch (error) {
    return { events, error: error as EntangleError };
  }
  return { events, error: null };
};
/** A client of bytes that reads nothing until it is told to. */
const raw = (headers: string[] = []) => {
  const client = connect(socket);
  clients.push(client);
  let got = '';
  client.setEncoding('utf8').on('data', (text) => {
    got += text;
  });
  client.on('error', () => {});
  client.pause();
  client.write(['GET /v1/x HTTP/1.1', 'host: localhost', ...headers, '', ''].join('\r\n'));
  const closed = new Promise<string>((resolve) => client.on('close', () => resolve(got)));
  return { client, closed };
};
const event = (n: number, size = 1): ApiEvent => ({ cursor: `${n}`, data: 'x'.repeat(size) });

describe('a stream', () => {
  test('comes as it was given, and ends with its error', async () => {
    await serve(async function* () {
      yield null;
      yield event(1);
      yield event(2, 100_000);
      throw new EntangleError('not_authorized', 'no more', { hint: 'ask' });
    });
    const { events, error } = await readAll(open('7'));
    expect(events).toEqual([null, event(1), event(2, 100_000)]);
    expect(error).toMatchObject({ code: 'not_authorized', message: 'no more', hint: 'ask' });
    expect(seen).toMatchObject([{ lastEventId: '7', credential: { token: 't' } }]);
  });

  test('that is refused before its first event is an answer like any other', async () => {
    await serve(async function* () {
      if (seen.length > 0) throw new EntangleError('not_found', 'no such session');
      yield null;
    });
    const { closed, client } = raw(['connection: close']);
    client.resume();
    expect(await closed).toMatch(/^HTTP\/1\.1 404 [\s\S]*application\/json[\s\S]*no such session/);
    expect((await readAll(open())).error).toMatchObject({ code: 'not_found' });
  });

  test('that meets a bug tells nothing of the inside', async () => {
    await serve(async function* () {
      yield null;
      throw new TypeError('the inside');
    });
    const { error } = await readAll(open());
    expect(error).toMatchObject({ code: 'bug', message: expect.not.stringContaining('inside') });
    expect(bugs.splice(0)).toEqual([expect.objectContaining({ message: 'the inside' })]);
  });

  test('is over for its source when its reader goes', async () => {
    const over = Promise.withResolvers<string>();
    await serve(async function* (signal) {
      yield null;
      await stopped(signal);
      over.resolve('over');
    });
    const leave = new AbortController();
    for await (const one of open(null, leave.signal)) {
      expect(one).toBeNull();
      leave.abort();
    }
    expect(await over.promise).toBe('over');
  });

  test('ends when the server stops, and its reader learns why', async () => {
    await serve(async function* (signal) {
      yield null;
      await stopped(signal);
      throw new EntangleError('unavailable', 'the Host stops');
    });
    const stream = open()[Symbol.asyncIterator]();
    await stream.next();
    await server?.close();
    server = undefined;
    await expect(stream.next()).rejects.toMatchObject({ code: 'unavailable', message: 'the Host stops' });
  });

  test('whose server is gone without a word is broken, not at its end', async () => {
    await serve(async function* (signal) {
      yield null;
      await stopped(signal);
    });
    const stream = open()[Symbol.asyncIterator]();
    await stream.next();
    await server?.close();
    server = undefined;
    await expect(stream.next()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the stream of the Host broke off',
    });
  });
});

describe('who does not read', () => {
  const EVENT = 64 * 1024;
  const flood = async (limits: Partial<ApiLimits>) => {
    let made = 0;
    const cut = Promise.withResolvers<number>();
    await serve(async function* () {
      try {
        yield null;
        for (;;) yield event(++made, EVENT);
      } finally {
        cut.resolve(made);
      }
    }, limits);
    return { cut: cut.promise };
  };

  test('costs what the buffers of its connection hold, and is cut off', async () => {
    const { cut } = await flood({ unreadMs: 200, lastMs: 100 });
    raw();
    // A few of them fill the socket of the kernel; then none is made any more
    expect(await cut).toBeLessThan(40);
  });

  test('and reads again in time learns why', async () => {
    const { cut } = await flood({ unreadMs: 100, lastMs: 60_000 });
    const { client } = raw();
    await cut;
    client.resume();
    expect(await tail(client)).toContain(
      '"message":"the stream was cut off: nothing of it was read for 100 ms"',
    );
  });

  test('is nothing to who reads: slowly is not too slow', async () => {
    const { cut } = await flood({ unreadMs: 3_000 });
    const read: (ApiEvent | null)[] = [];
    // Longer in all than it may leave unread at once
    for await (const one of open()) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      if (read.push(one) > 40) break;
    }
    expect(read).toEqual([null, ...Array.from({ length: 40 }, (_, i) => event(i + 1, EVENT))]);
    expect(await cut).toBeGreaterThanOrEqual(40);
  });
});
/** What comes until the last chunk. */
const tail = (client: Socket): Promise<string> =>
  new Promise((resolve) => {
    let got = '';
    client.on('data', (text) => {
      got += text;
      if (got.includes('event: end')) resolve(got);
    });
  });

test.each([
  ['twice', ['last-event-id: 1', 'last-event-id: 2']],
  ['that no cursor looks like', ['last-event-id: a b']],
  ['without end', [`last-event-id: ${'1'.repeat(65)}`]],
  ['that is empty', ['last-event-id:']],
])('a Last-Event-ID %s is refused before anybody is asked', async (_what, headers) => {
  await serve(async function* () {
    yield null;
  });
  const { client, closed } = raw(['connection: close', ...headers]);
  client.resume();
  expect(await closed).toMatch(/^HTTP\/1\.1 400 /);
  expect(seen).toEqual([]);
});
