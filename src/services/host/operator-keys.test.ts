/** Operators who sign: one key, one role; what is signed is good once, over a restart too, and costs its operator no rate. */
import { describe, expect, test } from 'vitest';
import { memoryUsedOnce } from '../../../test/sim/memory-used-once.ts';
import { HOST_GRAPH, startSingleHost } from '../../../test/sim/single-host.ts';
import { askedRequest } from '../../../test/support/asked-request.ts';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { nostr, signedRequest, testKey } from '../../../test/support/signed-requests.ts';
import { OPERATOR_RATE } from '../../core/bounds.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { pathOf } from '../../core/host-api/route.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { hostApi } from './api.ts';
import { enrolOperator } from './operator-keys.ts';
import { addOperator, listOperators, revokeOperator } from './operators.ts';

type Kit = ReturnType<typeof hostKit>;
const { pubkey, secretKey } = testKey(1);
const wanted = (name: string, key = pubkey) => ({
  name,
  role: 'admin' as const,
  pubkey: key,
  expiresAt: null,
});
const enrol = (kit: Pick<Kit, 'host'>, name: string, key?: string) =>
  enrolOperator(kit.host, wanted(name, key), 'bootstrap');
const signing = async (kit: Kit, request: ApiRequest): Promise<ApiRequest> => {
  const now = Math.floor(kit.time.now / 1000);
  return { ...request, credential: nostr(await signedRequest(secretKey, kit.home.host, request, { now })) };
};
const STATUS = askedRequest({ method: 'GET', path: pathOf('status.show', {}, {}) });
const INVITES = (name: string) =>
  askedRequest({
    ...{ method: 'POST', path: pathOf('invites.create', {}, {}) },
    body: { role: 'user', name, expiresMs: 60_000 },
  });
const outcome = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    (given) => (given as { status: number }).status,
    (error: { details?: { reason: string }[]; code: string }) => error.details?.[0]?.reason ?? error.code,
  );

describe('T182 the key of an operator', () => {
  test('is nobody’s in the federation', async () => {
    const one = await startSingleHost();
    await one.apply();
    await one.place();
    const { runner, user, node } = one.actors;
    const recovery = testKey(6).pubkey;
    const host = { ...one.host, recovery: toHex(one.home.suite.sha256(fromHex(recovery))) };
    const keys = {
      host: one.home.host,
      recovery,
      runner: runner.pubkey,
      user: user.pubkey,
      node: node.pubkey,
    };
    for (const [role, key] of Object.entries(keys))
      await expect(enrolOperator(host, wanted('op', key), 'bootstrap'), role).rejects.toMatchObject({
        ...{ code: 'conflict', message: expect.stringContaining('key_reuse') },
        hint: expect.stringContaining('keygen'),
      });
    expect(one.home.tables.count('operator_keys')).toBe(0);
    expect(await enrolOperator(host, wanted('op'), 'bootstrap')).toMatchObject({
      method: 'nip98',
      key: npub(pubkey),
    });
  });
  test('becomes nobody else’s: no runner joins by it, no graph has it as a person', async () => {
    const one = await startSingleHost();
    const by = one.actors;
    await enrolOperator(one.host, wanted('op-runner', by.runner.pubkey), 'bootstrap');
    await one.join('runner', 'r1');
    expect(one.home.tables.count('hellos')).toBe(0);
    expect(one.host.exchange.rejected()).toMatchObject([{ reason: 'key_reuse', count: 1 }]);
    await enrolOperator(one.host, wanted('op-user', by.bob.pubkey), 'bootstrap');
    await expect(one.apply(HOST_GRAPH)).rejects.toMatchObject({
      message: expect.stringContaining('key_reuse'),
    });
    await revokeOperator(one.host, 'op-user', 'bootstrap');
    await expect(one.apply(HOST_GRAPH)).rejects.toMatchObject({
      message: expect.stringContaining('key_reuse'),
    });
  });
  test('is none that an agent runs under', async () => {
    const one = await startSingleHost();
    await enrolOperator(one.host, wanted('op-node', one.actors.node.pubkey), 'bootstrap');
    await one.apply();
    await one.addRunner('runner', 'r1');
    await one.time.until('an offer', () => one.offers()[0], 5000);
    await one.accept(one.offers()[0]!);
    expect(one.host.exchange.rejected()).toMatchObject([{ reason: 'key_reuse', count: 1 }]);
    expect(one.home.tables.list('assignments').map(({ state }) => state)).toEqual(['offered']);
  });
  test('is used once, and so is its name, also after it was revoked', async () => {
    const kit = hostKit();
    await enrol(kit, 'op');
    await revokeOperator(kit.host, 'op', 'bootstrap');
    await expect(enrol(kit, 'again')).rejects.toMatchObject({ code: 'conflict' });
    await expect(enrol(kit, 'op', testKey(2).pubkey)).rejects.toMatchObject({ code: 'conflict' });
    const token = { name: 'op', role: 'viewer', sha256: '0f'.repeat(32), expiresAt: null } as const;
    await expect(addOperator(kit.host, token, 'bootstrap')).rejects.toMatchObject({ code: 'conflict' });
    const two = await Promise.allSettled([
      enrol(kit, 'one', testKey(3).pubkey),
      enrol(kit, 'two', testKey(3).pubkey),
    ]);
    expect(two.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
  test('has not expired when it is enrolled', async () => {
    const kit = hostKit();
    const late = { ...wanted('op'), expiresAt: START };
    await expect(enrolOperator(kit.host, late, 'bootstrap')).rejects.toMatchObject({ code: 'invalid' });
  });
  test('of an admin that does not expire lets nobody be locked out', async () => {
    const kit = hostKit();
    await enrol(kit, 'op');
    await revokeOperator(kit.host, 'bootstrap', 'op');
    await expect(revokeOperator(kit.host, 'op', 'op')).rejects.toMatchObject({ code: 'conflict' });
    expect(listOperators(kit.host).items.map(({ name, method }) => `${name} ${method}`)).toEqual([
      ...['bootstrap bearer', 'op nip98'],
    ]);
  });
});

describe('T181 a signed request', () => {
  test('is good once, of two at the same moment for one, and not after a restart', async () => {
    const uses = new Map<string, number>();
    const kit = hostKit({ signedRequests: memoryUsedOnce(uses) });
    await enrol(kit, 'op');
    const handler = hostApi(kit.host);
    const request = await signing(kit, INVITES('alice'));
    const both = await Promise.all([outcome(handler(request)), outcome(handler(request))]);
    expect(both.sort()).toEqual([200, 'request_replayed']);
    const restarted = hostApi({ ...kit.host, signedRequests: memoryUsedOnce(uses) });
    expect(await outcome(restarted(request))).toBe('request_replayed');
    expect(await outcome(restarted(await signing(kit, INVITES('bob'))))).toBe(200);
    const told = kit
      .records()
      .map(({ who, auth, subject, outcome: is }) => `${who} ${auth} ${subject} ${is}`);
    const refused = 'unknown none null request_replayed';
    const done = ['asked', 'done'].map((is) => `op nip98 ${pubkey} ${is}`);
    expect(told.sort()).toEqual([...done, ...done, refused, refused].sort());
  });
  test('that could not be remembered does nothing', async () => {
    const full = { ...memoryUsedOnce(), use: () => Promise.reject(new Error('the disk is full')) };
    const kit = hostKit({ signedRequests: full });
    await enrol(kit, 'op');
    await expect(hostApi(kit.host)(await signing(kit, INVITES('alice')))).rejects.toThrow('the disk is full');
    expect([kit.records(), kit.home.tables.count('invites')]).toEqual([[], 0]);
  });
  test('that somebody plays again and again leaves its operator their rate', async () => {
    const kit = hostKit();
    await enrol(kit, 'op');
    const handler = hostApi(kit.host);
    const played = await signing(kit, STATUS);
    expect(await outcome(handler(played))).toBe(200);
    for (let n = 0; n < 2 * OPERATOR_RATE.burst; n++) await outcome(handler(played));
    expect(await outcome(handler(await signing(kit, STATUS)))).toBe(200);
  });
  test('of who asks too often is not remembered: it fills no disk', async () => {
    const uses = new Map<string, number>();
    const kit = hostKit({ signedRequests: memoryUsedOnce(uses) });
    await enrol(kit, 'op');
    const handler = hostApi(kit.host);
    const statuses: unknown[] = [];
    for (let n = 0; n < OPERATOR_RATE.burst + 10; n++)
      statuses.push(await outcome(handler(await signing(kit, STATUS))));
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    expect(uses.size).toBe(OPERATOR_RATE.burst);
  });
});
