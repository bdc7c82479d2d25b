/** T175: who floods the Host API, from one address or as one operator, is told when to come again; others are served. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveApi } from '../../src/adapters/host-api/server.ts';
import { serveApiOverTcp } from '../../src/adapters/host-api/tcp.ts';
import { OPERATOR_RATE } from '../../src/core/bounds.ts';
import { pathOf } from '../../src/core/host-api/route.ts';
import { newToken, tokenDigest } from '../../src/core/host-api/token.ts';
import type { ApiServer } from '../../src/ports/index.ts';
import { hostApi } from '../../src/services/host/api.ts';
import { hostKit } from '../support/host-kit.ts';

const STATUS = pathOf('status.show', {}, {});
const FLOOD = 400;
let root: string;
let socketPath: string;
let kit: ReturnType<typeof hostKit>;
let servers: ApiServer[];
let port: number;
const flooding = new Agent({ keepAlive: true, maxSockets: 16 });
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'host-flood-'));
  socketPath = join(root, 'host', 'default', 'api.sock');
  kit = hostKit();
  const handler = hostApi(kit.host);
  const rate = { perSecond: 1, burst: 20, most: 100 };
  const overTcp = await serveApiOverTcp({ hostname: '127.0.0.1', port: 0, tls: null, rate }, handler);
  servers = [overTcp, await serveApi({ socket: socketPath }, handler)];
  port = Number(new URL(overTcp.address).port);
});
afterEach(async () => {
  flooding.destroy();
  await Promise.all(servers.map((one) => one.close()));
  rmSync(root, { recursive: true });
});

type Answer = { status: number; headers: IncomingHttpHeaders; body: string };
type Asked = { token: string; from?: string; method?: 'GET' | 'POST'; path?: string; agent?: Agent };
/** From that address over TCP, or over the socket. */
const ask = ({ token, from, method = 'GET', path = STATUS, agent }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const place =
      from === undefined ? { socketPath } : { port, host: '127.0.0.1', localAddress: from, family: 4 };
    const posted = method === 'POST' ? { 'content-type': 'application/json', 'content-length': 2 } : {};
    const headers = { host: 'localhost', authorization: `Bearer ${token}`, ...posted };
    const call = request({ ...place, method, path, headers, agent: agent ?? false }, async (response) => {
      let body = '';
      for await (const bytes of response) body += bytes;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    call.on('error', reject);
    call.end(method === 'POST' ? '{}' : '');
  });
/** Of each status how many. */
const counted = (answers: readonly Answer[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(answers.map(({ status }) => status))].map((status) => [
      status,
      answers.filter((one) => one.status === status).length,
    ]),
  );
const madeOperator = async (name: string): Promise<string> => {
  const token = newToken(kit.home.random.bytes);
  const body = { name, role: 'viewer', sha256: tokenDigest(kit.home.suite, token), expiresAt: null };
  expect((await kit.ask('POST', pathOf('operators.add', {}, {}), body)).status).toBe(200);
  return token;
};
/** While it goes on, somebody else asks again and again: how long the slowest took, in milliseconds. */
const slowestBeside = async (flood: Promise<unknown>, asked: Asked): Promise<number> => {
  let over = false;
  const done = flood.finally(() => {
    over = true;
  });
  let slowest = 0;
  for (let n = 0; n < 15 && !over; n++) {
    const began = performance.now();
    expect((await ask(asked)).status).toBe(200);
    slowest = Math.max(slowest, performance.now() - began);
  }
  await done;
  return slowest;
};
const told = (answer: Answer | undefined) => [answer?.status, Number(answer?.headers['retry-after']) >= 1];

test('T175 an address that floods is told when to come again, whatever it carries; others are served under a second', async () => {
  const flood = Promise.all(
    Array.from({ length: FLOOD }, () =>
      ask({ token: 'x'.repeat(68), from: '127.0.0.1', agent: flooding, method: 'POST', path: '/v1/invites' }),
    ),
  );
  const slowest = await slowestBeside(flood, { token: kit.token, from: '127.0.0.2' });
  expect(slowest).toBeLessThan(1_000);
  const answers = await flood;
  const { 401: wrong = 0, 429: often = 0 } = counted(answers);
  expect(wrong + often).toBe(FLOOD);
  expect(wrong).toBeLessThanOrEqual(20);
  expect(answers.filter(({ body }) => body.includes('too many requests')).length).toBeGreaterThan(300);
  const last = await ask({ token: kit.token, from: '127.0.0.1' });
  expect(told(last)).toEqual([429, true]);
  expect(JSON.parse(last.body).error).toMatchObject({ code: 'unavailable', message: 'too many requests' });
  // The socket has no address: whoever can open it is kept out by nobody's flood
  expect((await ask({ token: kit.token })).status).toBe(200);
});

test('T175 an operator that floods is told when to come again, over the socket too; others are served under a second', async () => {
  const token = await madeOperator('loud');
  const before = kit.records().length;
  const flood = Promise.all(
    Array.from({ length: FLOOD }, () => ask({ token, method: 'POST', path: '/v1/invites', agent: flooding })),
  );
  expect(await slowestBeside(flood, { token: kit.token })).toBeLessThan(1_000);
  const answers = await flood;
  const often = answers.filter(({ body }) => body.includes('"too many requests"'));
  // The clock of this Host stands still: nothing is given back
  expect(often).toHaveLength(FLOOD - OPERATOR_RATE.burst);
  expect(told(often[0])).toEqual([429, true]);
  const refused = answers.find(({ body }) => body.includes('too many requests that are refused'));
  expect(refused?.headers['retry-after']).toBe('60');
  // Over TCP it is the same operator
  expect(told(await ask({ token, from: '127.0.0.1' }))).toEqual([429, true]);
  const lines = kit.records().slice(before);
  expect(lines.filter(({ outcome }) => outcome === 'rate_limited').length).toBe(2);
  expect(lines.every(({ who }) => who === 'loud')).toBe(true);
  kit.time.monotonic += 1_000 / OPERATOR_RATE.perSecond;
  expect((await ask({ token })).status).toBe(200);
  expect((await ask({ token })).status).toBe(429);
});
