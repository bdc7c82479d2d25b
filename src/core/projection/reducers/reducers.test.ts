import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodiesOf } from '../../../../test/support/bodies.ts';
import { createChronicle } from '../../../../test/support/chronicle.ts';
import { times } from '../../../../test/support/counts.ts';
import { decision as decided } from '../../../../test/support/forgeries.ts';
import { IDS } from '../../../../test/support/history.ts';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import type { Name, Said } from '../../../../test/support/world.ts';
import { createWorld, NOW, uuidOf } from '../../../../test/support/world.ts';
import type { Line } from '../../ledger/line.ts';
import type { MessageType } from '../../protocol/table.ts';
import { messageTypes, rowOf } from '../../protocol/table.ts';
import { dump } from '../dump.ts';
import { foldLine } from '../fold.ts';
import type { Tables } from '../rows.ts';
import { ROWS } from '../rows.ts';

const world = createWorld();
const { actors } = world;
const fold = (lines: readonly Line[]): Tables => {
  const tables = memoryTables(ROWS);
  for (const line of lines) foldLine(tables, line, world.suite.sha256);
  return tables;
};
const permutations = <T>(all: readonly T[]): T[][] =>
  all.length < 2
    ? [[...all]]
    : all.flatMap((one, i) => permutations(all.filter((_, j) => j !== i)).map((rest) => [one, ...rest]));

/** The tables that every order of what one home received gives; the orders must agree. */
const inEveryOrder = (home: 'host' | 'runner' | 'user', ...said: Said[]): Tables => {
  const { lines, say } = createChronicle(world);
  for (const one of said) say(one);
  const [first, ...others] = permutations(lines[home]).map(fold);
  for (const other of others) expect(dump(other, ROWS)).toEqual(dump(first!, ROWS));
  return first!;
};

describe('what an owner says twice is heard as one, whichever came first', () => {
  const { session, approval, artifact } = IDS;
  const request: Said<'task.request'> = {
    type: 'task.request',
    from: 'user',
    to: 'node',
    body: { session, attempt: 1, task: 'x', budget: { hops: 1, turns: 1, path: [] } },
  };
  const result = (state: 'completed' | 'failed'): Said<'task.result'> => ({
    type: 'task.result',
    from: 'node',
    to: 'user',
    body: { session, attempt: 1, step: 2, state, summary: state },
  });
  const accept: Said<'task.accept'> = {
    type: 'task.accept',
    from: 'node',
    to: 'user',
    body: { session, attempt: 1, step: 1, state: 'accepted' },
  };

  test('two results of one step', () => {
    const tables = inEveryOrder('user', request, accept, result('completed'), result('failed'));
    expect(tables.get('sessions', session)).toMatchObject({ attempt: 1 });
  });

  test('T48 a state signed by another than the node that was asked is not one', () => {
    const tables = inEveryOrder('user', request, accept, { ...result('failed'), from: 'peer' });
    expect(tables.get('sessions', session)).toMatchObject({ state: 'accepted', open: 1 });
  });

  const ended = (attempt: number, state: 'completed' | 'failed' | 'cancelled'): Said<'task.result'> => ({
    ...result('failed'),
    body: { session, attempt, step: 9, state },
  });
  const again: Said[] = [
    { ...request, body: { ...request.body, attempt: 2 } },
    { ...accept, body: { ...accept.body, attempt: 2 } },
  ];
  const active: Said<'task.update'> = {
    type: 'task.update',
    from: 'node',
    to: 'user',
    body: { session, attempt: 1, step: 2, state: 'active' },
  };
  test.each(['completed', 'cancelled'] as const)(
    'an attempt after a session is %s moves nothing',
    (state) => {
      const tables = inEveryOrder('user', request, accept, active, ended(1, state), again[0]!);
      expect(tables.get('sessions', session)).toMatchObject({ state, attempt: 1, step: 9, open: 0 });
    },
  );

  test('a failed session may be tried again; the node of the newest attempt moves it', () => {
    const tables = inEveryOrder('user', request, accept, ended(1, 'failed'), ...again);
    expect(tables.get('sessions', session)).toMatchObject({ state: 'accepted', attempt: 2, open: 1 });
  });

  test('T48 an attempt by another than who asked first is none', () => {
    const { user, node } = actors;
    const theirs: Said = { ...request, from: 'bob', body: { ...request.body, attempt: 2 } };
    const tables = inEveryOrder('runner', request, theirs);
    expect(tables.get('sessions', session)).toMatchObject({
      attempt: 1,
      requester: user.pubkey,
      node: node.pubkey,
    });
  });

  test('T52 two decisions of one approver: the one signed first', () => {
    const decide = (decision: 'approved' | 'rejected'): Said<'approval.response'> => ({
      type: 'approval.response',
      from: 'user',
      to: 'node',
      body: { ...decided.body, approval, decision, subjectDigest: '5d'.repeat(32) },
    });
    const tables = inEveryOrder('runner', decide('rejected'), decide('approved'));
    expect(tables.list('decisions')).toMatchObject([{ decision: 'rejected', seq: 1 }]);
  });

  test('two endings of one approval', () => {
    const seen = (state: 'pending' | 'approved' | 'expired'): Said<'approval.observed'> => ({
      type: 'approval.observed',
      from: 'runner',
      to: 'host',
      body: {
        approval,
        session,
        operation: 'source.publish',
        state,
        subjectDigest: '5d'.repeat(32),
        evidence: [],
      },
    });
    const tables = inEveryOrder('host', seen('pending'), seen('approved'), seen('expired'));
    expect(tables.get('approvals', approval)).toMatchObject({ open: 0 });
  });

  const asks = (from: Name): Said<'approval.request'> => ({
    type: 'approval.request',
    from,
    to: 'user',
    body: {
      approval,
      session,
      subject: {
        domain: 'entangle/subject/1',
        graph: world.graph,
        policy: '0c'.repeat(32),
        approval,
        session,
        attempt: 1,
        fence: 1,
        operation: 'source.publish',
        expiresAt: NOW + 3600,
        remote: 'https://example.org/app.git',
        ref: 'refs/heads/x',
        expectedHead: null,
        commit: 'c0'.repeat(20),
        changes: 'cd'.repeat(32),
        hunks: 'df'.repeat(32),
      },
      subjectDigest: '5d'.repeat(32),
      diff: ['df'.repeat(32)],
      size: 120,
      files: 1,
      task: 'mend it',
      path: ['builder'],
      launchedBy: actors.user.pubkey,
    },
  });
  const closes = (from: Name): Said<'approval.closed'> => ({
    type: 'approval.closed',
    from,
    to: 'user',
    body: { approval, session, state: 'approved', subjectDigest: '5d'.repeat(32) },
  });

  test('T48 an approval is closed by the node that asked for it, and by no other', () => {
    expect(inEveryOrder('user', asks('node'), closes('node')).get('approvals', approval)).toMatchObject({
      state: 'approved',
      open: 0,
    });
    const tables = inEveryOrder('user', asks('node'), closes('peer'));
    expect(tables.get('approvals', approval)).toMatchObject({ state: 'pending', open: 1 });
  });

  test('two owners of one artifact: always the same one, wherever its states stand', () => {
    const [small, great] = [actors.runner, actors.runner2].sort((a, b) => (a.pubkey < b.pubkey ? -1 : 1));
    const seen = (from: Name, state: 'materialized' | 'published'): Said<'artifact.observed'> => ({
      type: 'artifact.observed',
      from,
      to: 'host',
      body: {
        artifact,
        session,
        state,
        repository: from,
        branch: 'b',
        commit: 'c0'.repeat(20),
        approval: null,
      },
    });
    const [owner, other] = [small!.name, great!.name] as Name[];
    for (const [mine, theirs] of [
      ['published', 'materialized'],
      ['materialized', 'published'],
    ] as const) {
      const tables = inEveryOrder('host', seen(owner!, mine), seen(other!, theirs));
      expect(tables.list('artifacts')).toMatchObject([{ by: small!.pubkey, state: mine, repository: owner }]);
    }
  });

  test('states of an artifact: a failure after it was published changes nothing', () => {
    const seen = (state: 'materialized' | 'published' | 'failed'): Said<'artifact.observed'> => ({
      type: 'artifact.observed',
      from: 'runner',
      to: 'host',
      body: {
        artifact,
        session,
        state,
        repository: 'r',
        branch: 'b',
        commit: 'c0'.repeat(20),
        approval: null,
      },
    });
    const all = inEveryOrder('host', seen('materialized'), seen('published'), seen('failed'));
    expect(all.get('artifacts', artifact)).toMatchObject({ state: 'published', commit_id: 'c0'.repeat(20) });
    const failed = inEveryOrder('host', seen('materialized'), seen('failed'));
    expect(failed.get('artifacts', artifact)).toMatchObject({ state: 'failed' });
  });

  test('T20 routes: the highest (epoch, n) wins, whatever comes after it', () => {
    const routes = (epoch: number, n: number): Said<'routes'> => ({
      type: 'routes',
      from: 'host',
      to: 'user',
      epoch: { n: epoch, boot: 'b0'.repeat(16) },
      body: {
        n,
        revision: n,
        digest: 'd1'.repeat(32),
        self: { name: 'user', kind: 'user', pubkey: actors.user.pubkey },
        peers: [
          { name: `p${epoch}${n}`, kind: 'agent', pubkey: actors.node.pubkey, relays: [], relations: [] },
        ],
        approval: {},
        policy: {},
      },
    });
    const tables = inEveryOrder('user', routes(1, 9), routes(2, 1), routes(2, 2), routes(1, 10));
    expect(tables.list('routes')).toMatchObject([{ epoch: 2, n: 2 }]);
    expect(tables.list('peers')).toMatchObject([{ name: 'p22' }]);
    expect(tables.get('keys', actors.node.pubkey)).toMatchObject({ name: 'p22' });
  });

  test('T33 trust: the last word of the highest epoch wins, whatever comes after it', () => {
    const trust = (n: number, state: 'trusted' | 'revoked'): Said<'runner.trust'> => ({
      type: 'runner.trust',
      from: 'host',
      to: 'runner',
      epoch: { n, boot: 'b0'.repeat(16) },
      body: { runner: 'r1', state },
    });
    const tables = inEveryOrder('runner', trust(1, 'trusted'), trust(1, 'revoked'), trust(2, 'revoked'));
    expect(tables.list('trust')).toMatchObject([{ state: 'revoked', epoch: 2 }]);
  });

  test('T35 a second key under one name is a second row, never a replacement', () => {
    const hello = (from: Name): Said<'runner.hello'> => ({
      type: 'runner.hello',
      from,
      to: 'host',
      body: { name: 'r1', version: '1', platform: '', labels: {}, engines: [], sandbox: [], capacity: 1 },
    });
    const tables = inEveryOrder('host', hello('runner'), hello('runner2'));
    expect(tables.list('hellos')).toHaveLength(2);
  });
});

describe('any two messages of a type', () => {
  const HOME = { host: 'host', runner: 'runner', user: 'user', node: 'runner' } as const;
  const ids = [uuidOf(1), uuidOf(2)];
  /** Names may begin like an id; only a whole one is exchanged. */
  const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  /** Few ids, so that messages meet. */
  const meeting = (body: object): object =>
    JSON.parse(JSON.stringify(body), (_key, value) =>
      typeof value === 'string' && UUID.test(value) ? ids[value.charCodeAt(0) % 2] : value,
    );
  // Two of these with one number or id and different contents are refused before (`fork`, `wrong_subject`).
  const FIRST_ONLY: readonly MessageType[] = ['routes', 'assignment.offer', 'approval.request'];
  const types = messageTypes()
    .filter(([type, row]) => !row.ephemeral && !FIRST_ONLY.includes(type))
    .map(([type]) => type);

  test.each(types)('%s: both orders, one state', (type) => {
    const { signers, to } = rowOf(type)!;
    const from = signers[0]!;
    const recipient = to.find((role) => role !== from) ?? (from === 'node' ? 'node' : to[0]!);
    const sender: Name = from === recipient ? 'peer' : from;
    const bodies = fc.array(bodiesOf(type), { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(bodies, fc.boolean(), (all, sameTime) => {
        const said = all.map((body, i) => ({
          type,
          from: sender,
          to: recipient,
          at: sameTime ? NOW : NOW + i,
          body: meeting(body),
        }));
        inEveryOrder(HOME[recipient], ...(said as Said[]));
      }),
      { numRuns: times(8, 200) },
    );
  });
});
