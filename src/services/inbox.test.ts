/** What a known signer can do to a home with messages that are genuine and mean ill. */
import { describe, expect, test } from 'vitest';
import { turnOf } from '../../test/support/forgeries.ts';
import { memoryTables } from '../../test/support/memory-tables.ts';
import { createWorld, EPOCH, type Name, NOW, STREAM, uuidOf } from '../../test/support/world.ts';
import { digestOf } from '../core/canonical.ts';
import { ConversationKeys } from '../core/crypto/conversation-keys.ts';
import { type Entry, GENESIS, type Line, nextLine } from '../core/ledger/line.ts';
import { foldLine } from '../core/projection/fold.ts';
import { ROWS } from '../core/projection/rows.ts';
import type { Home } from './home.ts';
import { createInbox } from './inbox.ts';

const world = createWorld();

/** A home of `me` with a ledger in memory, its inbox, and what that told. */
const open = (me: Name, kind: Home['kind']) => {
  const tables = memoryTables(ROWS);
  const lines: Line[] = [];
  const counted: [string, string | null][] = [];
  const fenced: string[] = [];
  let reads = 0;
  const ledger = {
    get head() {
      return lines.at(-1) ?? GENESIS;
    },
    append: async (build: () => Entry[]) =>
      build().map((entry) => {
        const line = nextLine(world.suite.sha256, ledger.head, '2026-11-23T10:00:00.000Z', entry);
        lines.push(line);
        foldLine(tables, line);
        return line;
      }),
    async *read(n: number) {
      reads += 1;
      yield* lines.slice(n - 1);
    },
  };
  const { name, role, pubkey, secretKey } = world.actors[me];
  const self = { name, role, pubkey, secretKey };
  const home = {
    kind,
    graph: world.graph,
    host: world.actors.host.pubkey,
    self,
    identities: new Map([[pubkey, self]]),
    suite: world.suite,
    clock: { now: () => NOW * 1000, monotonic: () => 0 },
    random: { bytes: world.random },
    ledger,
    tables,
    pairs: new ConversationKeys(),
    epoch: kind === 'host' ? EPOCH : null,
    leases: new Map(),
  } as unknown as Home;
  const inbox = createInbox(
    home,
    { count: (reason, signer) => counted.push([reason, signer]), pending: () => 1, flush: async () => {} },
    {
      settled: () => {},
      changed: () => {},
      ephemeral: () => {},
      fenced: (reason) => fenced.push(reason),
    },
  );
  return { home, inbox, tables, counted, fenced, reads: () => reads };
};

const trusted = () => {
  const host = open('host', 'host');
  const { pubkey } = world.actors.runner;
  const hello = { pubkey, role: 'runner', name: 'r1', detail: '{}', at: 0, invite: null };
  host.tables.put('hellos', hello);
  host.tables.put('trust', { pubkey, name: 'r1', state: 'trusted', epoch: 1, seq: 1 });
  return host;
};
const turn = (n: number, epoch = EPOCH) => world.deliver({ ...turnOf(n), epoch });

describe('a Host', () => {
  test('does not stop because a runner claims a later epoch: only its own key can say so', async () => {
    const host = trusted();
    await host.inbox.receive(turn(1, { n: 2 ** 40, boot: 'ff'.repeat(16) }));
    expect(host.fenced).toEqual([]);
    expect(host.tables.count('held')).toBe(1);
    expect(host.counted).toEqual([['epoch_ahead', world.actors.runner.pubkey]]);
  });
  test('stops for another boot of its epoch that its own key signed', async () => {
    const host = trusted();
    const beat = {
      type: 'host.beat',
      from: 'host',
      to: 'host',
      body: { revision: 0, digest: null },
    } as const;
    await host.inbox.receive(world.deliver({ ...beat, epoch: { ...EPOCH, boot: 'ff'.repeat(16) } }));
    expect(host.fenced).toEqual(['host_conflict']);
  });
  test('does not open what it holds again at each line of its ledger', async () => {
    const host = trusted();
    for (let n = 1; n <= 20; n++) await host.inbox.receive(turn(n, { ...EPOCH, n: EPOCH.n + 1 }));
    await host.inbox.rejudge();
    const before = host.reads();
    await host.inbox.receive(turn(21));
    await host.inbox.rejudge();
    expect(host.reads()).toBe(before);
    host.home.epoch = { ...EPOCH, n: EPOCH.n + 1 };
    await host.inbox.receive(turn(22));
    await host.inbox.rejudge();
    expect(host.tables.count('held')).toBe(0);
  });
  test('tells a contradiction once, also when the message was held before', async () => {
    const host = trusted();
    const said = (n: number, status: string, epoch = EPOCH) => {
      const { body, ...rest } = turnOf(n);
      return world.deliver({ ...rest, epoch, dedup: 'once', body: { ...body, session: uuidOf(1), status } });
    };
    await host.inbox.receive(said(1, 'first'));
    await host.inbox.receive(said(2, 'other', { ...EPOCH, n: EPOCH.n + 1 }));
    expect(host.tables.count('held')).toBe(1);
    host.home.epoch = { ...EPOCH, n: EPOCH.n + 1 };
    for (let n = 3; n < 6; n++) {
      await host.inbox.receive(turn(n));
      await host.inbox.rejudge();
    }
    expect(host.tables.count('held')).toBe(0);
    expect(host.counted.filter(([reason]) => reason === 'dedup_conflict').length).toBe(1);
  });
  test('takes no message that leaves one gap more in a stream of a thousand gaps', async () => {
    const host = trusted();
    const [signer, me] = [world.actors.runner.pubkey, world.actors.host.pubkey];
    const ranges = JSON.stringify(Array.from({ length: 1001 }, (_, i) => [2 * i + 1, 2 * i + 1]));
    host.tables.put('streams', { signer, me, stream: STREAM, ranges, top: 2001 });
    await host.inbox.receive(turn(2003));
    expect(host.counted).toEqual([['stream_gaps', signer]]);
    await host.inbox.receive(turn(2002));
    expect(host.tables.get('streams', signer, me, STREAM)?.top).toBe(2002);
  });
  test('counts all strangers together, however many keys they have', async () => {
    const host = open('host', 'host');
    await host.inbox.receive(
      world.deliver({ type: 'user.hello', from: 'stranger', to: 'host', body: { name: 'x' } }),
    );
    expect(host.counted).toEqual([['no_invite', null]]);
  });
});

describe('who was asked for bytes', () => {
  const named = (size: number) => {
    const runner = open('node', 'runner');
    const [me, alice] = [world.actors.node.pubkey, world.actors.user.pubkey];
    const relations = JSON.stringify([{ relation: 'approves', side: 'a' }]);
    runner.tables.put('peers', {
      owner: me,
      name: 'alice',
      pubkey: alice,
      kind: 'user',
      person: 'alice',
      relations,
    });
    runner.tables.put('named', { sha256: 'ab'.repeat(32), holder: me, reader: alice, size });
    return runner;
  };
  test('answers the same question a few times, not without end', async () => {
    const runner = named(1_000_000);
    for (let n = 1; n <= 10; n++)
      await runner.inbox.receive(
        world.deliver({ type: 'blob.get', from: 'user', to: 'node', n, body: { sha256: 'ab'.repeat(32) } }),
      );
    expect(runner.tables.count('gets')).toBe(4);
    expect(runner.counted.map(([reason]) => reason)).toEqual(Array(6).fill('too_many_gets'));
  });
});

describe('a message that overtook the routes which name its signer', () => {
  const peer = (me: string, pubkey: string) => {
    const relations = JSON.stringify([{ relation: 'delegates_to', side: 'b' }]);
    return { owner: me, name: 'alice', pubkey, kind: 'user', person: 'alice', relations };
  };
  const request = (n: number, from: Name = 'user') =>
    world.deliver({
      type: 'task.request',
      from,
      to: 'node',
      n,
      body: { session: uuidOf(n), attempt: 1, task: 'x', budget: { hops: 1, turns: 1, path: ['alice'] } },
    });
  const me = world.actors.node.pubkey;
  const open1 = () => {
    const runner = open('node', 'runner');
    runner.home.leases.set(me, 1);
    return runner;
  };
  test('is refused, and taken when the routes are here, though no relay gives it again', async () => {
    const runner = open1();
    await runner.inbox.receive(request(1));
    expect(runner.counted).toEqual([['unknown_signer', null]]);
    await runner.inbox.rejudge();
    expect(runner.tables.count('messages', { dir: 'in' })).toBe(0);
    runner.tables.put('peers', peer(me, world.actors.user.pubkey));
    runner.home.leases.set(me, 2);
    await runner.inbox.rejudge();
    expect(runner.tables.count('sessions', { open: 1 })).toBe(1);
    expect(runner.counted).toHaveLength(1);
  });
  test('is not pushed out by one stranger who says more than anybody', async () => {
    const runner = open1();
    await runner.inbox.receive(request(1));
    for (let n = 2; n < 200; n++) await runner.inbox.receive(request(n, 'stranger'));
    runner.tables.put('peers', peer(me, world.actors.user.pubkey));
    runner.home.leases.set(me, 2);
    await runner.inbox.rejudge();
    expect(runner.tables.count('sessions', { open: 1 })).toBe(1);
  });
});

describe('two nodes of one home', () => {
  test('are each told the same by one person, under one dedup key', async () => {
    const runner = open('node', 'runner');
    const second = world.actors.peer;
    runner.home.identities.set(second.pubkey, { ...second });
    const relations = JSON.stringify([{ relation: 'delegates_to', side: 'b' }]);
    for (const owner of [world.actors.node.pubkey, second.pubkey]) {
      const pubkey = world.actors.user.pubkey;
      runner.tables.put('peers', { owner, name: 'alice', pubkey, kind: 'user', person: 'alice', relations });
    }
    const cancel = (to: 'node' | 'peer') =>
      world.deliver({
        type: 'task.cancel',
        from: 'user',
        to,
        dedup: 'cancel:1',
        body: { session: uuidOf(1), reason: `for ${to}` },
      });
    await runner.inbox.receive(cancel('node'));
    await runner.inbox.receive(cancel('peer'));
    expect(runner.counted).toEqual([]);
    expect(runner.tables.count('messages', { type: 'task.cancel', dir: 'in' })).toBe(2);
  });
});

describe('a person', () => {
  test('is asked a hundred questions at once by one node, not more', async () => {
    const user = open('user', 'user');
    const [me, node] = [world.actors.user.pubkey, world.actors.node.pubkey];
    const relations = JSON.stringify([{ relation: 'approves', side: 'a' }]);
    user.tables.put('peers', { owner: me, name: 'b', pubkey: node, kind: 'agent', person: 'b', relations });
    for (let n = 1; n <= 100; n++) {
      const row = { id: uuidOf(n), session: uuidOf(n), node, subject: '', diff: null, size: 0, files: 0 };
      const rest = { title: '', launcher: '', path: '[]', expires: 0, state: 'pending', at: 0, open: 1 };
      user.tables.put('approvals', { ...row, ...rest });
    }
    const subject = {
      domain: 'entangle/subject/1' as const,
      graph: world.graph,
      policy: 'ab'.repeat(32),
      approval: uuidOf(101),
      session: uuidOf(101),
      attempt: 1,
      fence: 1,
      operation: 'source.publish' as const,
      expiresAt: NOW + 100,
      remote: 'https://example.org/a.git',
      ref: 'refs/heads/a',
      expectedHead: null,
      commit: 'ab'.repeat(20),
      changes: 'ab'.repeat(32),
    };
    const { approval, session } = subject;
    const facts = { diff: 'ab'.repeat(32), size: 1, title: '', path: ['b'], launchedBy: me, files: 1 };
    const body = { approval, session, subject, subjectDigest: digestOf(world.suite, subject), ...facts };
    await user.inbox.receive(
      world.deliver({ type: 'approval.request', from: 'node', to: 'user', n: 1, body }),
    );
    expect(user.counted).toEqual([['too_many_open', node]]);
    user.tables.put('approvals', { ...user.tables.get('approvals', uuidOf(1))!, open: 0 });
    await user.inbox.receive(
      world.deliver({ type: 'approval.request', from: 'node', to: 'user', n: 2, body }),
    );
    expect(user.tables.get('approvals', approval)?.open).toBe(1);
    // Another subject under the id that was shown: who decides would sign what they did not see.
    const other = { ...subject, commit: 'cd'.repeat(20) };
    const swapped = { ...body, subject: other, subjectDigest: digestOf(world.suite, other) };
    await user.inbox.receive(
      world.deliver({ type: 'approval.request', from: 'node', to: 'user', n: 3, body: swapped }),
    );
    expect(user.counted.at(-1)).toEqual(['wrong_subject', node]);
    expect(user.tables.get('approvals', approval)?.subject).toBe(body.subjectDigest);
  });
});
