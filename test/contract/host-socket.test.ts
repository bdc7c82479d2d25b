/** A Host behind its real socket, spoken to without its client: what the client would not send is refused alike. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { callApi } from '../../src/adapters/host-api/client.ts';
import { serveApi } from '../../src/adapters/host-api/server.ts';
import { fingerprint } from '../../src/core/crypto/fingerprint.ts';
import type { ApiServer } from '../../src/ports/index.ts';
import { hostApi } from '../../src/services/host/api.ts';
import { type SingleHost, startSingleHost } from '../sim/single-host.ts';
import type { Name } from '../support/world.ts';

/** The first second that no calendar has, and the last number that JSON holds exactly. */
const NO_CALENDAR = [253_402_300_800, Number.MAX_SAFE_INTEGER];

const open: (() => Promise<void> | undefined)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Answer = { status: number; body: { error?: { code: string }; items?: unknown[]; trust?: string } };
const served = async () => {
  const one = await startSingleHost();
  const base = mkdtempSync(join(tmpdir(), 'host-socket-'));
  const socket = join(base, 'api.sock');
  const server: ApiServer = await serveApi({ socket }, hostApi(one.host));
  open.push(async () => {
    await server.close();
    rmSync(base, { recursive: true });
  });
  /** The text as it is, with the operator's token or another. */
  const ask = (method: string, path: string, text = '', token: string | null = one.token): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = {
        host: 'localhost',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      };
      const call = request({ socketPath: socket, method, path, headers, agent: false }, async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        resolve({ status: response.statusCode!, body: JSON.parse(Buffer.concat(parts).toString()) });
      });
      call.on('error', reject);
      call.end(text);
    });
  const post = (path: string, text: string, token?: string | null) => ask('POST', path, text, token);
  /** What the client makes of the same body. */
  const byClient = async (path: string, text: string) => {
    const body: unknown = JSON.parse(text);
    const credential = { kind: 'bearer', token: one.token } as const;
    return callApi(socket, { method: 'POST', path, body, credential }).then(
      () => 'done',
      ({ code }: { code: string }) => code,
    );
  };
  return { ...one, ask, post, byClient };
};
const wordsOf = ({ suite, home, actors }: SingleHost, key: Name): string =>
  fingerprint(suite, 'runner', home.host, actors[key].pubkey);
const decided = ({ said }: SingleHost) => said('runner.trust').map(({ body }) => body.state);
const trustOf = (name: string): string => `/v1/runners/${name}/trust`;

test('A1 a hello of a year to come is refused at the door, and its runner stays as it was', async () => {
  const one = await served();
  await one.join('runner', 'r1');
  const before = one.home.tables.list('hellos');
  const body = { name: 'r1', version: '0', platform: 'simulated', labels: {}, capacity: 4 };
  const offer = { probes: [], engines: ['exec' as const], sandbox: ['none' as const] };
  // The last second that a calendar has: no signer of ours makes a later one, and `open` has rows for those.
  const at = NO_CALENDAR[0]! - 1;
  await one.hear({ type: 'runner.hello', from: 'runner', to: 'host', body: { ...body, ...offer }, at });
  expect(one.home.tables.list('hellos')).toEqual(before);
  expect(one.host.exchange.rejected()).toMatchObject([{ reason: 'time_out_of_window', count: 1 }]);
});

test.each(NO_CALENDAR)(
  'A1 whoever has one of second %d in its record can list, reject and revoke',
  async (at) => {
    const one = await served();
    await one.join('runner', 'r1');
    await one.addRunner('runner2', 'r2');
    for (const row of one.home.tables.list('hellos')) one.home.tables.put('hellos', { ...row, at });
    expect((await one.ask('GET', '/v1/runners')).body.items).toHaveLength(2);
    const decide = (name: string, key: Name, state: string) =>
      one.post(trustOf(name), JSON.stringify({ state, words: wordsOf(one, key) }));
    expect(await decide('r1', 'runner', 'rejected')).toMatchObject({
      status: 200,
      body: { trust: 'rejected' },
    });
    expect(await decide('r2', 'runner2', 'revoked')).toMatchObject({
      status: 200,
      body: { trust: 'revoked' },
    });
    expect(decided(one)).toEqual(['trusted', 'rejected', 'revoked']);
  },
);

test('A1 what a client would not send has no effect, and an answer like the client’s', async () => {
  const one = await served();
  await one.addRunner('runner', 'r1');
  const words = wordsOf(one, 'runner');
  const revoke = { state: 'revoked', words };
  const invite = { role: 'user', name: 'alice', expiresMs: 60_000 };
  const operator = { name: 'late', role: 'admin', sha256: 'aa'.repeat(32), expiresAt: null };
  const rows: [string, unknown, number, string][] = [
    [trustOf('r1'), { ...revoke, words: 'other words' }, 409, 'conflict'],
    [trustOf('r1'), { ...revoke, words: words.toUpperCase() }, 409, 'conflict'],
    [trustOf('r1'), { state: 'revoked' }, 422, 'invalid'],
    [trustOf('r1'), { ...revoke, state: 'pending' }, 422, 'invalid'],
    [trustOf('r1'), { ...revoke, at: NO_CALENDAR[1] }, 422, 'invalid'],
    [trustOf('r1'), [revoke], 422, 'invalid'],
    [trustOf('r1'), { ...revoke, state: 'rejected' }, 409, 'conflict'],
    [trustOf('r%31'), revoke, 400, 'usage'],
    [trustOf('..%2Fr1'), revoke, 400, 'usage'],
    [trustOf('r2'), revoke, 404, 'not_found'],
    ...NO_CALENDAR.flatMap((at): [string, unknown, number, string][] => [
      ['/v1/invites', { ...invite, expiresMs: at }, 422, 'invalid'],
      ['/v1/operators', { ...operator, expiresAt: at }, 422, 'invalid'],
    ]),
  ];
  for (const [path, body, status, code] of rows) {
    const text = JSON.stringify(body);
    const answer = await one.post(path, text);
    expect({ path, text, ...answer }).toMatchObject({ status, body: { error: { code } } });
    expect(await one.byClient(path, text), `${path} ${text}`).toBe(code);
  }
  const text = JSON.stringify(revoke);
  const notJson = [text.replace('{', '{"state":"rejected",'), `${text}${text}`, '', '\u0000', '[1,]'];
  for (const bad of notJson) {
    const answer = await one.post(trustOf('r1'), bad);
    expect({ bad, ...answer }).toMatchObject({ status: 400, body: { error: { code: 'usage' } } });
  }
  expect(await one.post(trustOf('r1'), text, null)).toMatchObject({ status: 401 });
  expect(await one.post(trustOf('r1'), text, 'x'.repeat(one.token.length))).toMatchObject({ status: 401 });
  expect(decided(one)).toEqual(['trusted']);
  expect([one.home.tables.count('invites', { name: 'alice' }), one.home.tables.count('operators')]).toEqual([
    0, 1,
  ]);
  expect(await one.post(trustOf('r1'), text)).toMatchObject({ status: 200, body: { trust: 'revoked' } });
});
