/** One realistic history of a small federation, as the ledgers of its Host, one runner and one person hold it. */
import type { Direction, Line } from '../../src/core/ledger/line.ts';
import { composeRecord } from '../../src/core/protocol/compose.ts';
import type { RecordBody, RecordType } from '../../src/core/protocol/records.ts';
import type { BodyOf, MessageType } from '../../src/core/protocol/table.ts';
import type { Name, Said, World } from './world.ts';
import { EPOCH, NOW, uuidOf } from './world.ts';

export type HomeName = 'host' | 'runner' | 'user';
/** Who lives where; what others hold is not looked at. */
const HOME_OF: Partial<Record<Name, HomeName>> = {
  host: 'host',
  runner: 'runner',
  node: 'runner',
  user: 'user',
};
const hex = (byte: string, bytes = 32): string => byte.repeat(bytes);
const at = (tag: string) => hex(tag);

export const IDS = { session: uuidOf(1), moved: uuidOf(2), approval: uuidOf(3), artifact: uuidOf(4) };
const NEXT_EPOCH = { n: EPOCH.n + 1, boot: hex('b1', 16) };

/** Collects lines for every home as things are said; numbers count up per sender and recipient. */
export const createChronicle = (world: World) => {
  const lines: Record<HomeName, Line[]> = { host: [], runner: [], user: [] };
  const numbers = new Map<string, number>();
  let time = NOW;
  const append = (home: HomeName, dir: Direction, event: Line['event']): void => {
    const n = lines[home].length + 1;
    lines[home].push({ n, at: '2026-11-23T10:00:00.000Z', chain: hex('00'), dir, event });
  };
  const say = <T extends MessageType>(said: Said<T>): string => {
    const key = `${said.from} ${said.to}`;
    const n = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, n);
    const event = world.compose({ at: time++, ...said, n });
    const [sender, recipient] = [HOME_OF[said.from], HOME_OF[said.to]];
    if (sender) append(sender, 'out', event);
    if (recipient) append(recipient, 'in', event);
    return event.id;
  };
  const record = <T extends RecordType>(home: HomeName, type: T, body: RecordBody<T>): void =>
    append(
      home,
      'local',
      composeRecord(world.suite, type, body, {
        secretKey: world.actors[home].secretKey,
        graph: world.graph,
        createdAt: time++,
        random: world.random,
      }),
    );
  return { lines, say, record };
};
type Chronicle = ReturnType<typeof createChronicle>;

const joins = (world: World, { say, record }: Chronicle): void => {
  const users = (bob: string) => [
    { name: 'user', pubkey: world.actors.user.pubkey },
    { name: bob, pubkey: world.actors.bob.pubkey },
  ];
  record('host', 'epoch.claimed', { ...EPOCH, previous: null, revision: 0 });
  record('host', 'graph.revision', { n: 1, digest: at('d1'), parent: null, by: 'op', users: users('bob') });
  record('host', 'invite.issued', { id: uuidOf(20), role: 'runner', name: 'r1', expiresAt: NOW + 3600 });
  const facts = { name: 'r1', version: '1', platform: 'x', engines: ['exec'], sandbox: ['none'], capacity: 2 };
  const invite = { id: uuidOf(20), hmac: at('aa') };
  say({ type: 'runner.hello', from: 'runner', to: 'host', body: { ...facts, labels: {}, invite } });
  // The same second: which of the two is newer must not hang on their arrival.
  for (const os of ['linux', 'plan9'])
    say({ type: 'runner.hello', from: 'runner', to: 'host', at: NOW + 9, body: { ...facts, labels: { os } } });
  say({ type: 'user.hello', from: 'user', to: 'host', body: { name: 'User Herself' } });
  say({ type: 'user.hello', from: 'bob', to: 'host', body: { name: 'Bob' } });
  say({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state: 'trusted' } });
  record('host', 'graph.revision', {
    n: 2,
    digest: at('d2'),
    parent: at('d1'),
    by: 'op',
    users: users('robert'),
  });
};

type Peer = BodyOf<'routes'>['peers'][number];
const routesTo = (
  world: World,
  to: 'user' | 'runner',
  self: 'user' | 'node',
  n: number,
  peers: Peer[],
): Said<'routes'> => ({
  type: 'routes',
  from: 'host',
  to,
  body: {
    n,
    revision: 2,
    digest: at('d2'),
    self: { name: self, kind: self === 'user' ? 'user' : 'agent', pubkey: world.actors[self].pubkey },
    peers,
    approval: { 'source.publish': { by: ['user', 'bob'], quorum: 2 } },
    policy: at('0c'),
  },
});

const peerOf = (world: World, who: Name | null, name: string, kind: Peer['kind']): Peer => ({
  name,
  kind,
  pubkey: who && world.actors[who].pubkey,
  relays: [],
  relations: [{ relation: 'delegates_to', side: kind === 'agent' ? 'a' : 'b' }],
});

const places = (world: World, { say, record }: Chronicle): void => {
  const agent = (who: Name | null): Peer => peerOf(world, who, 'builder', 'agent');
  const people = [peerOf(world, 'user', 'user', 'user'), peerOf(world, 'bob', 'bob', 'user')];
  const routes = (n: number, who: Name | null): Said<'routes'> =>
    routesTo(world, 'user', 'user', n, [agent(who), people[1]!]);
  say(routes(1, null));
  const offer = (assignment: string, node: string, fence: number) =>
    say({
      type: 'assignment.offer',
      from: 'host',
      to: 'runner',
      body: {
        assignment,
        node,
        fence,
        revision: 2,
        digest: at('d2'),
        leaseMs: 30_000,
        challenge: hex('cc', 16),
        spec: '{}',
      },
    });
  const accepted = { assignment: uuidOf(10), node: 'builder', fence: 1 };
  const re = offer(uuidOf(10), 'builder', 1);
  const proof = world.compose({ type: 'reply', from: 'node', to: 'host', body: { text: 'mine' } });
  const pubkey = world.actors.node.pubkey;
  say({
    type: 'assignment.accept',
    from: 'runner',
    to: 'host',
    re,
    body: { ...accepted, pubkey, proof: { ...proof, tags: proof.tags.map((tag) => [...tag]) } },
  });
  const receipt = (state: BodyOf<'assignment.receipt'>['state']) =>
    say({
      type: 'assignment.receipt',
      from: 'runner',
      to: 'host',
      body: { assignment: uuidOf(10), fence: 1, state },
    });
  receipt('materialized');
  receipt('started');
  say(routes(2, 'node'));
  say(routesTo(world, 'runner', 'node', 1, people));
  const refused = offer(uuidOf(11), 'tester', 1);
  const other = { assignment: uuidOf(11), fence: 1 };
  say({
    type: 'assignment.reject',
    from: 'runner',
    to: 'host',
    re: refused,
    body: { ...other, reason: 'no_engine' },
  });
  say({ type: 'assignment.revoke', from: 'host', to: 'runner', body: { ...other, reason: 'operator' } });
  offer(uuidOf(12), 'tester', 2);
  record('host', 'assignment.expired', { assignment: uuidOf(12), fence: 2 });
  record('host', 'epoch.claimed', { ...NEXT_EPOCH, previous: at('e1'), revision: 2 });
  for (const [n, who] of [
    [1, 'node'],
    [2, 'peer'],
  ] as const)
    say({ ...routes(n, who), epoch: NEXT_EPOCH });
  say({ ...routesTo(world, 'runner', 'node', 1, people), epoch: NEXT_EPOCH });
};

type State = BodyOf<'session.observed'>['state'];
const works = (world: World, { say, record }: Chronicle): void => {
  const { session, approval, artifact } = IDS;
  const subjectDigest = at('5d');
  const request: Said<'task.request'> = {
    type: 'task.request',
    from: 'user',
    to: 'node',
    session,
    body: { session, attempt: 1, task: 'mend it\nplease', budget: { hops: 8, turns: 5, path: ['user'] } },
  };
  const re = say(request);
  let step = 0;
  const move = (type: 'task.accept' | 'task.update' | 'task.result', state: State): void => {
    const body = { session, attempt: 1, step: ++step, state };
    say({ type, from: 'node', to: 'user', re, session, body });
    const requester = world.actors.user.pubkey;
    say({
      type: 'session.observed',
      from: 'runner',
      to: 'host',
      session,
      body: { ...body, node: 'builder', requester, evidence: [] },
    });
  };
  move('task.accept', 'accepted');
  move('task.update', 'active');
  const commit = hex('c0', 20);
  const turn = { session, attempt: 1, status: 'done', exitCode: 0, output: at('0f') };
  record('runner', 'turn.finished', {
    ...turn,
    base: hex('ba', 20),
    expected: null,
    commit,
    changes: at('cd'),
    diff: at('df'),
    size: 120,
    files: 1,
    approval,
    artifact,
    expiresAt: NOW + 3600,
    tail: 'ok',
  });
  say({ type: 'turn.observed', from: 'runner', to: 'host', body: { ...turn, engine: 'exec', sandbox: 'none' } });
  const asked = new Map<Name, string>();
  const closing = { approval, session, subjectDigest };
  for (const approver of ['user', 'bob'] as const)
    asked.set(
      approver,
      say({
        type: 'approval.request',
        from: 'node',
        to: approver,
        session,
        body: {
          ...closing,
          subject: {
            domain: 'entangle/subject/1',
            graph: world.graph,
            policy: at('0c'),
            approval,
            session,
            attempt: 1,
            fence: 1,
            operation: 'source.publish',
            expiresAt: NOW + 3600,
            remote: 'https://example.org/app.git',
            ref: 'refs/heads/x',
            expectedHead: null,
            commit,
            changes: at('cd'),
          },
          diff: at('df'),
          size: 120,
          files: 1,
          title: 'mend it',
          path: ['builder'],
          launchedBy: world.actors.user.pubkey,
        },
      }),
    );
  const seen = (state: BodyOf<'approval.observed'>['state']) =>
    say({ type: 'approval.observed', from: 'runner', to: 'host', body: { ...closing, state, evidence: [] } });
  seen('pending');
  move('task.update', 'waiting_approval');
  const get = say({ type: 'blob.get', from: 'user', to: 'node', body: { sha256: at('df') } });
  for (const n of [0, 1])
    say({
      type: 'blob.part',
      from: 'node',
      to: 'user',
      re: get,
      body: { sha256: at('df'), n, of: 2, data: 'AAAA' },
    });
  for (const approver of ['user', 'bob'] as const)
    say({
      type: 'approval.response',
      from: approver,
      to: 'node',
      re: asked.get(approver)!,
      body: { approval, decision: 'approved', subjectDigest },
    });
  for (const approver of ['user', 'bob'] as const)
    say({
      type: 'approval.closed',
      from: 'node',
      to: approver,
      re: asked.get(approver)!,
      body: { ...closing, state: 'approved' },
    });
  seen('approved');
  const where = { artifact, session, repository: 'https://example.org/app.git', branch: 'x', commit, approval };
  record('runner', 'publish.intended', { session, attempt: 1, commit, branch: 'x' });
  for (const state of ['materialized', 'published'] as const)
    say({ type: 'artifact.observed', from: 'runner', to: 'host', body: { ...where, state } });
  record('runner', 'publish.finished', { session, attempt: 1, commit, outcome: 'pushed' });
  say({ type: 'artifact.ref', from: 'node', to: 'user', body: where });
  move('task.result', 'completed');
};

/** A second task, whose node got a new key on another runner while it was open. */
const moves = (world: World, { say, record }: Chronicle): void => {
  const session = IDS.moved;
  const ask = (to: 'node' | 'peer', attempt: number): string =>
    say({
      type: 'task.request',
      from: 'user',
      to,
      session,
      body: { session, attempt, task: 'again', budget: { hops: 8, turns: 5, path: ['user'] } },
    });
  const states = (by: 'node' | 'peer', re: string, attempt: number, ...all: State[]): void =>
    all.forEach((state, i) => {
      const body = { session, attempt, step: i + 1, state };
      const type = state === 'failed' ? 'task.result' : state === 'accepted' ? 'task.accept' : 'task.update';
      say({ type, from: by, to: 'user', re, body } as Said);
      const requester = world.actors.user.pubkey;
      const from = by === 'node' ? 'runner' : 'runner2';
      say({
        type: 'session.observed',
        from,
        to: 'host',
        body: { ...body, node: 'builder', requester, evidence: [] },
      });
    });
  states('node', ask('node', 1), 1, 'accepted', 'active');
  states('peer', ask('peer', 2), 2, 'accepted', 'active', 'failed');
  say({ type: 'runner.goodbye', from: 'runner', to: 'host', body: { reason: 'maintenance' } });
  say({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state: 'revoked' } });
  for (const count of [2, 3])
    record('host', 'rejects.counted', {
      items: [{ reason: 'wrong_role', signer: null, count, first: NOW + count, last: NOW + 9 - count }],
    });
};

export const createHistory = (world: World): Record<HomeName, Line[]> => {
  const chronicle = createChronicle(world);
  joins(world, chronicle);
  places(world, chronicle);
  works(world, chronicle);
  moves(world, chronicle);
  return chronicle.lines;
};
