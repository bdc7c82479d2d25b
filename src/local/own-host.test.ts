/** What `up` asks of its Host: with the token of this home, and not a moment longer than it is wanted. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { npub, uuidv7 } from '../core/encoding/id.ts';
import { ownHostOf } from './own-host.ts';

let home: string;
let server: Server;
const asked: IncomingMessage[] = [];
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'entangle-own-'));
  mkdirSync(join(home, 'host', 'default'), { recursive: true });
  writeFileSync(join(home, 'host', 'default', 'operator.token'), 'ent_of_this_home\n');
  asked.length = 0;
  // A Host that hangs
  server = createServer((request) => void asked.push(request)).listen(
    join(home, 'host', 'default', 'api.sock'),
  );
  await once(server, 'listening');
});
afterEach(() => {
  delete process.env.ENTANGLE_TOKEN;
  server.closeAllConnections();
  server.close();
  rmSync(home, { recursive: true, force: true });
});
const INTERRUPTED = { code: 'interrupted' };

test('an interrupt ends a call that the Host does not answer; it was made with the token of this home', async () => {
  process.env.ENTANGLE_TOKEN = 'ent_of_another_host';
  const stop = new AbortController();
  const call = ownHostOf(home, stop.signal).invite('user', 'you');
  await expect.poll(() => asked.length).toBe(1);
  stop.abort();
  await expect(call).rejects.toMatchObject(INTERRUPTED);
  expect(asked[0]!.headers.authorization).toBe('Bearer ent_of_this_home');
});

const KNOWN = {
  ...{
    name: 'local',
    npub: npub('aa'.repeat(32)),
    trust: 'pending',
    leaving: false,
    liveness: 'live',
    silenceMs: 0,
  },
  ...{ words: 'd e f', engines: [], labels: {}, sandbox: ['none'], probes: [], capacity: 2, memory: null },
  secrets: [],
  since: new Date().toISOString(),
};

test('a runner that serves is trusted when it has come to the Host, with the words of its own key', async () => {
  const calls: string[] = [];
  server.removeAllListeners('request').on('request', (request, response) => {
    calls.push(`${request.method} ${request.url}`);
    // The one that had the name before is none any more
    const items = [{ ...KNOWN, trust: 'revoked', words: 'x' }, ...(calls.length > 2 ? [KNOWN] : [])];
    const answer = request.method === 'GET' ? { items, next: null } : KNOWN;
    const body: Buffer[] = [];
    request.on('data', (bytes: Buffer) => body.push(bytes));
    request.on('end', () => {
      if (body.length > 0) calls.push(Buffer.concat(body).toString());
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  await ownHostOf(home, new AbortController().signal).trust('local', 'a b c');
  const listed = Array.from({ length: 3 }, () => 'GET /v1/runners');
  expect(calls).toEqual([
    ...listed,
    'POST /v1/runners/local/trust',
    JSON.stringify({ state: 'trusted', words: 'a b c' }),
  ]);
});

test.each([
  ['that was moved to another runner stays there', {}, npub('cc'.repeat(32)), 0],
  [
    'that an operator took off is not assigned anew, and its runner is waited for',
    { state: 'expired', reason: 'revoked' },
    null,
    3,
  ],
])('a node %s', async (_, how, runs, looks) => {
  const moved = {
    ...{ id: uuidv7(0, new Uint8Array(10)), node: 'builder', runner: 'r2', fence: 2, revision: 1 },
    ...{
      state: 'active',
      reason: null,
      detail: null,
      npub: npub('cc'.repeat(32)),
      leaseLeftMs: 1,
      leaving: false,
    },
    ...how,
  };
  const before = { ...moved, runner: 'local', fence: 1, state: 'expired', reason: 'moved' };
  const calls: string[] = [];
  server.removeAllListeners('request').on('request', (request, response) => {
    calls.push(`${request.method} ${request.url}`);
    const runner = { ...KNOWN, trust: 'trusted', liveness: calls.length > 3 ? 'live' : 'offline' };
    const items = request.url === '/v1/runners' ? [runner] : [before, moved];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ items, next: null }));
  });
  const host = ownHostOf(home, new AbortController().signal);
  await expect(host.assign('builder', 'local')).resolves.toBe(runs);
  expect(calls).toEqual(['GET /v1/assignments', ...Array<string>(looks).fill('GET /v1/runners')]);
});

test('after an interrupt nothing is asked', async () => {
  const host = ownHostOf(home, AbortSignal.abort());
  for (const call of [host.graph(), host.trust('local', 'a b c'), host.assign('builder', 'local')])
    await expect(call).rejects.toMatchObject(INTERRUPTED);
  expect(asked).toEqual([]);
});
