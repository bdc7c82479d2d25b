/** What each message and record means for the read models: the rows that must come of it, in either order where two meet. */
import { describe, expect, test } from 'vitest';
import {
  after,
  approvalRequest,
  bothWays,
  fold,
  hex,
  key,
  linesOf,
  move,
  request,
  routesTo,
  session,
} from '../../../../test/support/fold-kit.ts';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import type { Name, Said } from '../../../../test/support/world.ts';
import { NOW, uuidOf } from '../../../../test/support/world.ts';
import type { RecordBody } from '../../protocol/messages/records.ts';
import { ROWS } from '../rows.ts';
import { meetKey } from './registry.ts';

type Evidence = RecordBody<'host.conflict'>['event'];
const evidence = (id: string): Evidence => ({
  ...{ id, pubkey: key('host'), created_at: NOW, kind: 24156, tags: [], content: '{}', sig: hex('00', 64) },
});

describe('the Host’s own records', () => {
  const claim = (n: number) => ({ n, boot: hex(`b${n}`, 16), previous: null, revision: 0 });

  test('its epoch is the highest that it claimed', () => {
    for (const tables of bothWays('host', ({ record }) => {
      for (const n of [1, 2, 3]) record('host', 'epoch.claimed', claim(n));
    }))
      expect(tables.get('epoch', 'own')).toMatchObject({ n: 3, boot: hex('b3', 16) });
  });

  test('a new claim takes back the routes on their way, and nothing else', () => {
    const routes = linesOf('host', ({ say, record }) => {
      say(routesTo(1, 'node'));
      say({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state: 'trusted' } });
      record('host', 'epoch.claimed', claim(2));
    });
    expect(
      fold(routes)
        .list('outbox')
        .map((row) => row.type),
    ).toEqual(['runner.trust']);
  });

  test('another boot that two processes wrote down at once is one row, the older of the two', () => {
    const [one, other] = ['1e', '2e'].map((tag) => evidence(hex(tag))) as [Evidence, Evidence];
    for (const tables of bothWays('user', ({ record }) => {
      for (const event of [other, one])
        record('user', 'host.conflict', { n: 3, boot: hex('b4', 16), followed: hex('b3', 16), event });
    }))
      expect(tables.list('host_conflicts')).toMatchObject([{ n: 3, boot: hex('b4', 16), event: other.id }]);
  });

  test('the checkpoint held is the longest, and one of a restored Host before all of earlier ones', () => {
    const kept = (tag: string, size: number) => ({
      ...evidence(hex(tag)),
      content: JSON.stringify({ size, root: hex('c1') }),
    });
    for (const tables of bothWays('user', ({ record }) => {
      const keep = (restored: number, event: Evidence, instead: string | null = null) =>
        record('user', 'checkpoint.kept', { restored, instead, event });
      keep(0, kept('1e', 90));
      keep(7, kept('2e', 40), hex('aa'));
      keep(7, kept('3e', 50));
    }))
      expect(tables.list('witness')).toMatchObject([{ size: 50, restored: 7, instead: null }]);
  });

  test('people are those of the newest revision, whichever is read last', () => {
    const users = (...names: Name[]) => names.map((name) => ({ name, pubkey: key(name) }));
    for (const tables of bothWays('host', ({ record }) => {
      const by = { parent: null, by: 'op' };
      record('host', 'graph.revision', { n: 1, digest: hex('d1'), ...by, users: users('user', 'bob') });
      record('host', 'graph.revision', { n: 2, digest: hex('d2'), ...by, users: users('bob') });
    })) {
      expect(tables.list('users')).toEqual([{ pubkey: key('bob'), name: 'bob', revision: 2 }]);
      expect(tables.list('revisions')).toHaveLength(2);
    }
  });

  test('refusals of one reason by one signer are one row: the sum, the first and the last time', () => {
    for (const tables of bothWays('host', ({ record }) => {
      for (const [count, first, last] of [
        [2, 20, 30],
        [3, 10, 25],
      ] as const)
        record('host', 'rejects.counted', { items: [{ reason: 'x', signer: null, count, first, last }] });
    }))
      expect(tables.list('rejects')).toEqual([{ reason: 'x', signer: '', count: 5, first: 10, last: 30 }]);
  });
});

describe('who is who', () => {
  test('of two hellos the later one stands, and each invite that came with one was used', () => {
    const hello = (at: number, version: string, invite?: string): Said<'runner.hello'> => ({
      type: 'runner.hello',
      from: 'runner',
      to: 'host',
      at,
      body: {
        name: 'r1',
        version,
        platform: '',
        labels: {},
        engines: [],
        sandbox: [],
        capacity: 1,
        ...(invite ? { invite: { id: invite, hmac: hex('aa') } } : {}),
      },
    });
    for (const tables of bothWays('host', ({ say }) => {
      say(hello(NOW, '1', uuidOf(21)));
      say(hello(NOW + 2, '3'));
      say(hello(NOW + 1, '2', uuidOf(20)));
    })) {
      const row = tables.get('hellos', key('runner'))!;
      expect(row).toMatchObject({ role: 'runner', name: 'r1', at: NOW + 2 });
      expect(JSON.stringify(row.detail)).toContain('3');
      const used = tables.list('used_invites', { pubkey: key('runner') });
      expect(used.map(({ id }) => id).sort()).toEqual([uuidOf(20), uuidOf(21)]);
    }
    const person = after('host', ({ say }) => {
      say({ type: 'user.hello', from: 'bob', to: 'host', body: { name: 'bob' } });
    });
    expect(person.list('hellos')).toMatchObject([{ role: 'user', name: 'bob' }]);
    expect(person.list('used_invites')).toEqual([]);
    expect(person.get('keys', key('bob'))).toMatchObject({ role: 'user' });
  });

  test('trust: the last word within an epoch, and the highest epoch before that', () => {
    const trust = (epoch: number, state: 'trusted' | 'rejected' | 'revoked'): Said<'runner.trust'> => ({
      type: 'runner.trust',
      from: 'host',
      to: 'runner',
      epoch: { n: epoch, boot: hex('b0', 16) },
      body: { runner: 'r1', state },
    });
    for (const tables of bothWays('runner', ({ say }) => {
      for (const state of ['trusted', 'revoked'] as const) say(trust(2, state));
      say(trust(1, 'rejected'));
    }))
      expect(tables.list('trust')).toMatchObject([{ state: 'revoked', epoch: 2, seq: 2 }]);
  });

  test('a key has the name that was said last in its sayer’s order, both ways', () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const tables = memoryTables(ROWS);
      for (const n of order) meetKey(tables, key('node'), 'node', `name${n}`, `${n}`);
      expect(tables.get('keys', key('node'))).toMatchObject({ name: 'name2' });
    }
  });

  test('routes name people as people and agents as nodes, at whom they are for alone', () => {
    const people = { ...routesTo(1, 'node') };
    people.body.peers.push({ name: 'bob', kind: 'user', pubkey: key('bob'), relays: [], relations: [] });
    const told = after('user', ({ say }) => void say(people));
    expect(told.get('keys', key('node'))).toMatchObject({ role: 'node', name: 'builder' });
    expect(told.get('keys', key('bob'))).toMatchObject({ role: 'user', name: 'bob' });
    expect(told.list('peers')).toHaveLength(2);
    const theirs = after('user', ({ say }) => void say(routesTo(1, 'node', 'builder', 'bob')));
    expect(theirs.list('routes')).toMatchObject([{ owner: key('bob') }]);
    const unnamed = routesTo(1, 'node');
    unnamed.body.self.pubkey = null;
    expect(after('user', ({ say }) => void say(unnamed)).list('routes')).toMatchObject([
      { owner: key('user') },
    ]);
    const teller = after('host', ({ say }) => void say(people));
    expect([teller.list('keys'), teller.list('peers'), teller.list('routes')]).toMatchObject([
      [],
      [],
      [{ n: 1 }],
    ]);
  });
});

describe('sessions', () => {
  test('say who was asked, by whom, what for, and what came of it', () => {
    const commit = hex('c0', 20);
    const tables = after('user', ({ say }) => {
      say(request('node'));
      say(move('task.accept', 1, 'accepted'));
      say(move('task.update', 2, 'active'));
      say(move('task.result', 3, 'completed', { summary: 'done', commit }));
    });
    const row = tables.get('sessions', session)!;
    expect(row).toMatchObject({
      node: key('node'),
      requester: key('user'),
      title: 'mend it…',
      step: 3,
      open: 0,
    });
    expect(JSON.stringify(row.detail)).toContain('done');
    expect(JSON.stringify(row.detail)).toContain(commit);
  });

  test.each([
    ['mend it', 'mend it'],
    ['\nmend it\n', 'mend it'],
    ['mend it\n\nthe log is below', 'mend it…'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['x'.repeat(81), `${'x'.repeat(79)}…`],
    [`${'x'.repeat(80)}\ny`, `${'x'.repeat(79)}…`],
    [`${'x'.repeat(78)}👍👍`, `${'x'.repeat(78)}…`],
  ])('are named by the first line of their task, with a mark where there is more: %j', (task, title) => {
    const told = request('node');
    const tables = after('user', ({ say }) => void say({ ...told, body: { ...told.body, task } }));
    expect(tables.get('sessions', session)).toMatchObject({ title });
  });

  test('without a result they have none', () => {
    for (const said of [[], [move('task.accept', 1, 'accepted')]])
      expect(
        after('user', ({ say }) => {
          say(request('node'));
          for (const one of said) say(one);
        }).get('sessions', session),
      ).toMatchObject({ detail: null, open: 1 });
  });
});

describe('approvals at the Host', () => {
  const seen = (
    state: 'pending' | 'approved' | 'rejected',
    subjectDigest: string,
  ): Said<'approval.observed'> => ({
    type: 'approval.observed',
    from: 'runner',
    to: 'host',
    body: { approval: uuidOf(3), session, operation: 'source.publish', state, subjectDigest, evidence: [] },
  });

  test('an observation after the end opens nothing again; of two subjects always the same one', () => {
    for (const tables of bothWays('host', ({ say }) => {
      say(seen('pending', hex('6d')));
      say(seen('approved', hex('5d')));
      say(seen('pending', hex('7d')));
    }))
      expect(tables.list('approvals')).toMatchObject([{ state: 'approved', open: 0, subject: hex('5d') }]);
    for (const tables of bothWays('host', ({ say }) => {
      say(seen('pending', hex('5d')));
      say(seen('rejected', hex('5d')));
    }))
      expect(tables.list('approvals')).toMatchObject([{ state: 'rejected', open: 0 }]);
  });
});

test('an artifact is described by the state that it is in', () => {
  const seen = (
    state: 'materialized' | 'published' | 'failed',
    branch: string,
  ): Said<'artifact.observed'> => ({
    type: 'artifact.observed',
    from: 'runner',
    to: 'host',
    body: {
      artifact: uuidOf(4),
      session,
      state,
      repository: 'r',
      branch,
      commit: hex('c0', 20),
      approval: null,
    },
  });
  for (const tables of bothWays('host', ({ say }) => {
    say(seen('materialized', 'draft'));
    say(seen('published', 'final'));
    say(seen('failed', 'lost'));
  }))
    expect(tables.list('artifacts')).toMatchObject([{ state: 'published', branch: 'final' }]);
});

describe('what is published', () => {
  const commit = 'c0'.repeat(20);
  const published = (from: Name, approval: string | null): Said<'artifact.ref'> => ({
    type: 'artifact.ref',
    from,
    to: 'user',
    body: { artifact: uuidOf(4), session, repository: 'r', branch: 'b', commit, approval },
  });
  const { approval } = approvalRequest().body;

  test('ends its session and its approval, whichever is told first', () => {
    for (const tables of bothWays('user', ({ say }) => {
      say(request('node'));
      say(move('task.accept', 1, 'accepted'));
      say(approvalRequest());
      say(published('node', approval));
    })) {
      expect(tables.get('sessions', session)).toMatchObject({
        state: 'completed',
        open: 0,
        detail: { commit },
      });
      expect(tables.get('approvals', approval)).toMatchObject({ state: 'approved', open: 0 });
    }
  });
  test('by another key ends nothing', () => {
    for (const tables of bothWays('user', ({ say }) => {
      say(request('node'));
      say(approvalRequest());
      say(published('peer', approval));
    })) {
      expect(tables.get('sessions', session)).toMatchObject({ state: 'requested', open: 1 });
      expect(tables.get('approvals', approval)).toMatchObject({ state: 'pending', open: 1 });
    }
  });
  test('is not done again: a later attempt changes nothing', () => {
    for (const tables of bothWays('user', ({ say }) => {
      say(request('node'));
      say(published('node', null));
      say(request('peer', 2));
    }))
      expect(tables.get('sessions', session)).toMatchObject({
        ...{ state: 'completed', attempt: 1, node: key('node'), asked_again: key('peer') },
      });
  });
});
