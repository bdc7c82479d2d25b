/** The API as its table says it: who may do what, what is on record, and that none of it speaks for a person. */
import { expect, test } from 'vitest';
import { graphText } from '../../../test/support/graph-texts.ts';
import { hostKit, START, typeOf } from '../../../test/support/host-kit.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { toBase64, utf8 } from '../../core/encoding/bytes.ts';
import { parseGraph } from '../../core/graph/file/parse.ts';
import { canonicalGraph } from '../../core/graph/revision.ts';
import { pathOf } from '../../core/host-api/route.ts';
import {
  HOST_API,
  isGuarded,
  isStream,
  type OperationId,
  operationIds,
  type ParamsOf,
} from '../../core/host-api/table.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import { messageTypes } from '../../core/protocol/table.ts';
import { GRAPH_TYPES } from '../graph/types.ts';
import { MAX_WRONG } from './wrong-tokens.ts';

type Kit = ReturnType<typeof hostKit>;
const SECRET = 'sk-of-the-model-4711';
const SESSION = uuidOf(0xe1);
const RUNNER = 'c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5';
const canonical = canonicalGraph(parseGraph(graphText(), { types: GRAPH_TYPES }).graph!);

/** A body that each mutation does its work with, in an order in which each can. */
const BODIES: Partial<Record<OperationId, (kit: Kit) => Promise<unknown> | unknown>> = {
  'graph.apply': () => ({ canonical, base: { n: 0, digest: null } }),
  'invites.create': () => ({ role: 'user', name: 'alice', expiresMs: 60_000 }),
  'runners.trust': async (kit) => {
    const { body } = await kit.ask('GET', pathOf('runners.show', { name: 'build-1' }, {}));
    return { state: 'trusted', words: body.words };
  },
  'assignments.create': () => ({ node: 'builder', runner: 'build-1' }),
  'assignments.revoke': () => ({ fence: 1, decisions: 0 }),
  'assignments.move': (kit) => {
    kit.host.presence.heard(RUNNER);
    return { runner: 'build-1', fence: 1, decisions: 1 };
  },
  'sessions.cancel': () => ({ reason: 'no more' }),
  'operators.add': (kit) => ({
    name: 'one',
    role: 'viewer',
    sha256: tokenDigest(kit.home.suite, tokenOf(kit, 'one')),
    expiresAt: null,
  }),
  'operators.bind': () => ({
    ...{ name: 'workflow', role: 'viewer', issuer: 'https://issuer.example', audience: 'entangle' },
    ...{ claims: { repository: 'acme/app' }, keys: null },
  }),
  'operators.enrol': () => ({
    name: 'signer',
    role: 'viewer',
    pubkey: RUNNER.replace(/^../, 'aa'),
    expiresAt: null,
  }),
  'operators.unbind': () => ({}),
  'operators.revoke': () => ({}),
  'secrets.set': () => ({ name: 'model-key', value: toBase64(utf8(SECRET)) }),
  'secrets.remove': () => ({}),
  'principals.set': () => ({
    name: 'bot',
    facts: { author: 'Bot <bot@example.com>', ssh: null, https: null, knownHosts: null },
  }),
  'principals.keygen': () => ({ secret: 'bot-key' }),
  'principals.remove': () => ({}),
};
const tokens = new Map<string, string>();
const tokenOf = (kit: Kit, name: string): string => {
  if (!tokens.has(name)) tokens.set(name, newToken(kit.home.random.bytes));
  return tokens.get(name)!;
};
type PlacesOf<K extends OperationId> = keyof (typeof HOST_API)[K]['params']['shape'];
/** What stands in the places of each path that has some. */
const PARAMS: { [K in OperationId as PlacesOf<K> extends never ? never : K]: ParamsOf<K> } = {
  'runners.show': { name: 'build-1' },
  'runners.trust': { name: 'build-1' },
  'assignments.move': { node: 'builder' },
  'assignments.revoke': { node: 'builder' },
  'sessions.show': { session: SESSION },
  'sessions.cancel': { session: SESSION },
  'operators.revoke': { name: 'one' },
  'operators.unbind': { name: 'workflow' },
  'secrets.remove': { name: 'model-key' },
  'principals.keygen': { name: 'bot' },
  'principals.remove': { name: 'bot' },
  'graph.revision': { n: '1' },
};
const guarded = operationIds().filter(isGuarded);
const mutations = guarded.filter((id) => HOST_API[id].method === 'POST');
const placed = new Map<string, Record<string, string>>(Object.entries(PARAMS));
const examplePath = (id: OperationId): string => pathOf(id, placed.get(id) ?? {}, {});
const INVITES = examplePath('invites.create');
const STATUS = examplePath('status.show');
const OPERATORS = examplePath('operators.add');

/** An answer with nothing in it that the table does not promise, and with all of that. */
const answerTo = async (kit: Kit, id: OperationId, body?: unknown) => {
  const answer = await kit.ask(HOST_API[id].method, examplePath(id), body);
  expect(HOST_API[id].output.parse(answer.body), id).toEqual(answer.body);
  return answer;
};

const withRunner = (): Kit => {
  const kit = hostKit();
  const offer = { engines: ['exec'], labels: {}, sandbox: ['bwrap', 'none'], capacity: 1 };
  const detail = { name: 'build-1', version: '1', platform: '', ...offer };
  kit.home.tables.put('hellos', wholeRow('hellos', { pubkey: RUNNER, name: 'build-1', detail, at: START }));
  kit.home.tables.put('sessions', wholeRow('sessions', { id: SESSION, node: 'builder', kept: START }));
  return kit;
};
const add = async (kit: Kit, name: string, role: string, expiresAt: number | null = null) => {
  const token = tokenOf(kit, name);
  const sha256 = tokenDigest(kit.home.suite, token);
  expect(await kit.ask('POST', OPERATORS, { name, role, sha256, expiresAt })).toMatchObject({
    status: 200,
  });
  return token;
};

test('T03 no route signs or sends what only a person says', async () => {
  const kit = withRunner();
  expect(Object.keys(BODIES).sort()).toEqual([...mutations].sort());
  for (const [id, body] of Object.entries(BODIES) as [OperationId, (kit: Kit) => unknown][])
    expect(await answerTo(kit, id, await body(kit)), id).toMatchObject({ status: 200 });
  for (const id of guarded) if (!mutations.includes(id) && !isStream(id)) await answerTo(kit, id);

  const ofPeople = messageTypes().flatMap(([type, { signers }]) =>
    signers.includes('user') && !signers.includes('host') ? [type as string] : [],
  );
  expect(ofPeople).toEqual(expect.arrayContaining(['approval.response', 'task.request']));
  const said = new Set(kit.lines.map(({ event }) => typeOf(event)));
  expect([...said]).toEqual(expect.arrayContaining(['runner.trust', 'assignment.offer', 'graph.revision']));
  expect(ofPeople.filter((type) => said.has(type))).toEqual([]);
  expect(new Set(kit.lines.map(({ event }) => event.pubkey))).toEqual(new Set([kit.home.self.pubkey]));

  for (const type of ofPeople)
    for (const path of [`/v1/${type}`, `/v1/users/alice/${type}`, `/v1/sessions/1/${type}`]) {
      // So many of them in a minute would be too many
      kit.time.monotonic += 60_000;
      expect(await kit.ask('POST', path, { as: 'alice' }), path).toMatchObject({ status: 404 });
      expect(kit.records().at(-1)).toMatchObject({ who: 'bootstrap', route: path, outcome: 'not_found' });
    }
});

test('T73 each role may call the mutations of its rank and of those below, nothing else; a refusal is on record', async () => {
  const kit = withRunner();
  const rank = ['viewer', 'editor', 'admin'];
  for (const mine of rank) {
    const token = await add(kit, mine, mine);
    for (const id of mutations) {
      const { role } = HOST_API[id];
      const { status, body } = await kit.ask('POST', examplePath(id), {}, token);
      if (rank.indexOf(mine) >= rank.indexOf(role)) {
        expect([403, 401], id).not.toContain(status);
        continue;
      }
      expect({ status, body }, id).toMatchObject({
        status: 403,
        body: {
          error: {
            code: 'not_authorized',
            message: `the role ${mine} may not do that; it takes ${role}`,
            hint: `ask an admin for another token: \`entangle host operator add NAME --role ${role}\``,
          },
        },
      });
      expect(kit.records().at(-1)).toMatchObject({ who: mine, role: mine, outcome: 'forbidden' });
    }
  }
  const { status } = await kit.ask('GET', OPERATORS, undefined, tokenOf(kit, 'editor'));
  expect(status).toBe(403);
});

test('T73 an expired or revoked token is answered like an unknown one, and is nobody on record', async () => {
  const kit = hostKit();
  const brief = await add(kit, 'brief', 'admin', START + 10);
  const late = await add(kit, 'late', 'admin');
  for (const token of [brief, late])
    expect(await kit.ask('GET', STATUS, undefined, token)).toMatchObject({ status: 200 });
  kit.time.now += 10_000;
  expect(await kit.ask('POST', pathOf('operators.revoke', { name: 'late' }, {}), {})).toMatchObject({
    status: 200,
  });
  const wrong = await kit.ask('POST', INVITES, {}, 'x'.repeat(68));
  const hint = expect.stringContaining('neither expired nor revoked');
  expect(wrong).toMatchObject({ status: 401, body: { error: { code: 'not_authorized', hint } } });
  for (const token of [brief, late]) {
    expect(await kit.ask('POST', INVITES, {}, token)).toEqual(wrong);
    expect(kit.records().at(-1)).toMatchObject({ who: 'unknown', role: 'none', outcome: 'unauthenticated' });
  }
});

test('T70 after twenty wrong tokens the rest of that minute is refused, right ones still work', async () => {
  const kit = hostKit();
  const guess = (method: 'GET' | 'POST' = 'POST') => kit.ask(method, INVITES, {}, 'x'.repeat(68));
  const first = await guess();
  for (let n = 2; n <= MAX_WRONG; n++) expect(await guess()).toEqual(first);
  expect(first.status).toBe(401);
  for (let n = 0; n < 100; n++) {
    const { status, body } = await guess(n % 2 === 0 ? 'GET' : 'POST');
    expect(status).toBe(429);
    expect(body.error).toMatchObject({ code: 'not_authorized', message: expect.any(String) });
    expect(Object.keys(body.error!)).toEqual(Object.keys(first.body.error!));
  }
  expect(await kit.ask('GET', STATUS, undefined, null)).toMatchObject({ status: 429 });
  expect(await kit.ask('GET', STATUS)).toMatchObject({ status: 200 });
  // Each is on record, and of the flood behind them that there was one.
  const outcomes = kit.records().map(({ outcome }) => outcome);
  expect(outcomes).toEqual([...Array(MAX_WRONG).fill('unauthenticated'), 'rate_limited']);
  kit.time.monotonic += 59_999;
  expect((await guess()).status).toBe(429);
  kit.time.monotonic += 1;
  expect((await guess()).status).toBe(401);
});

test('T70 what an operator may not do fills no ledger, and keeps nobody from what they may', async () => {
  const kit = hostKit();
  const viewer = newToken(kit.home.random.bytes);
  const added = { name: 'v', role: 'viewer', sha256: tokenDigest(kit.home.suite, viewer), expiresAt: null };
  await kit.ask('POST', pathOf('operators.add', {}, {}), added);
  const before = kit.records().length;
  const tries = [INVITES, '/v1/nothing'].flatMap((path) => Array<string>(60).fill(path));
  const statuses: number[] = [];
  for (const path of tries)
    statuses.push(
      await kit.ask('POST', path, {}, viewer).then(
        ({ status }) => status,
        () => 404,
      ),
    );
  expect(statuses.filter((status) => status === 429)).toHaveLength(tries.length - MAX_WRONG);
  const outcomes = kit.records().slice(before);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    ...[...Array(MAX_WRONG).fill('forbidden'), 'rate_limited'],
  ]);
  expect(outcomes.at(-1)).toMatchObject({ who: 'v', role: 'viewer' });
  expect(await kit.ask('GET', STATUS, undefined, viewer)).toMatchObject({ status: 200 });
  expect(await kit.ask('POST', '/v1/invites/x', {})).toMatchObject({ status: 404 });
});
