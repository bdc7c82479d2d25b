/** One realistic history of a small federation, as the ledgers of its Host, one runner and one person hold it. */
import { succeed } from '../../src/core/authority/succession.ts';
import type { Line } from '../../src/core/ledger/line.ts';
import type { PublishSubject } from '../../src/core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import type { Chronicle, HomeName } from './chronicle.ts';
import { createChronicle } from './chronicle.ts';
import type { Name, Said, World } from './world.ts';
import { EPOCH, NOW, uuidOf } from './world.ts';

const hex = (byte: string, bytes = 32): string => byte.repeat(bytes);
const at = (tag: string) => hex(tag);

export const IDS = { session: uuidOf(1), moved: uuidOf(2), approval: uuidOf(3), artifact: uuidOf(4) };
const NEXT_EPOCH = { n: EPOCH.n + 1, boot: hex('b1', 16) };

const joins = (world: World, { say, record }: Chronicle): void => {
  const users = (bob: string) => [
    { name: 'user', pubkey: world.actors.user.pubkey },
    { name: bob, pubkey: world.actors.bob.pubkey },
  ];
  const operator = { role: 'admin', sha256: at('0e'), expiresAt: null } as const;
  record('host', 'operator.added', { ...operator, name: 'bootstrap', by: null });
  record('host', 'operator.added', { ...operator, name: 'ci', sha256: at('0f'), expiresAt: NOW, by: 'op' });
  record('host', 'operator.bound', {
    ...{ name: 'workflow', role: 'editor', issuer: 'https://issuer.example', audience: 'entangle' },
    ...{ claims: { repository: 'acme/app' }, keys: null, by: 'bootstrap' },
  });
  record('host', 'operator.token_issued', {
    ...{ operator: 'workflow', sha256: at('0d'), subject: 'repo:acme/app', identity: at('0c') },
    expiresAt: NOW + 600,
  });
  record('host', 'operator.enrolled', {
    ...{ name: 'signer', role: 'viewer', pubkey: at('0b'), expiresAt: null, by: 'bootstrap' },
  });
  record('host', 'operator.revoked', { name: 'ci', by: 'bootstrap' });
  record('host', 'epoch.claimed', { ...EPOCH, previous: null, revision: 0 });
  record('host', 'graph.revision', { n: 1, digest: at('d1'), parent: null, by: 'op', users: users('bob') });
  const said = { by: world.actors.host.secretKey, isRecovery: false, to: world.random(32) };
  const chain = succeed(world.suite, world.graph, [], { ...said, epoch: 1, at: NOW }, world.random);
  record('host', 'authority.succeeded', { chain });
  record('host', 'invite.issued', { id: uuidOf(20), role: 'runner', name: 'r1', expiresAt: NOW + 3600 });
  const facts = {
    name: 'r1',
    version: '1',
    platform: 'x',
    engines: ['exec' as const],
    sandbox: ['none' as const],
    capacity: 2,
  };
  const invite = { id: uuidOf(20), hmac: at('aa') };
  say({ type: 'runner.hello', from: 'runner', to: 'host', body: { ...facts, labels: {}, invite } });
  // The same second: which of the two is newer must not hang on their arrival.
  for (const os of ['linux', 'plan9'])
    say({
      type: 'runner.hello',
      from: 'runner',
      to: 'host',
      at: NOW + 9,
      body: { ...facts, labels: { os } },
    });
  say({ type: 'user.hello', from: 'user', to: 'host', body: { name: 'alice' } });
  say({ type: 'user.hello', from: 'bob', to: 'host', body: { name: 'bob' } });
  say({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state: 'trusted' } });
  say({ type: 'runner.trust', from: 'host', to: 'runner2', body: { runner: 'r2', state: 'trusted' } });
  say({ type: 'runner.goodbye', from: 'runner2', to: 'host', body: {} });
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
    policy: { 'source.publish': at('0c') },
  },
});

const peerOf = (world: World, who: Name | null, name: string, kind: Peer['kind']): Peer => ({
  name,
  kind,
  pubkey: who && world.actors[who].pubkey,
  relays: [],
  relations: [{ relation: 'delegates_to', side: kind === 'agent' ? 'a' : 'b' }],
});

const assigns = (world: World, { say, record }: Chronicle): void => {
  const offer = (assignment: string, node: string, fence: number): string => {
    const wanted = { assignment, node, fence, revision: 2, digest: at('d2') };
    const body = { ...wanted, leaseMs: 30_000, challenge: hex('cc', 16), spec: '{}' };
    return say({ type: 'assignment.offer', from: 'host', to: 'runner', body });
  };
  const toHost = { from: 'runner', to: 'host' } as const;
  const re = offer(uuidOf(10), 'builder', 1);
  const proof = world.compose({ type: 'blob.get', from: 'node', to: 'host', body: { sha256: at('0f') } });
  const nodeKey = {
    pubkey: world.actors.node.pubkey,
    proof: { ...proof, tags: proof.tags.map((tag) => [...tag]) },
  };
  const taken = { assignment: uuidOf(10), fence: 1 };
  say({ type: 'assignment.accept', ...toHost, re, body: { ...taken, node: 'builder', ...nodeKey } });
  for (const state of ['materialized', 'started'] as const)
    say({ type: 'assignment.receipt', ...toHost, body: { ...taken, state } });
  const refused = offer(uuidOf(11), 'tester', 1);
  const other = { assignment: uuidOf(11), fence: 1 };
  say({ type: 'assignment.reject', ...toHost, re: refused, body: { ...other, reason: 'no_engine' } });
  say({ type: 'assignment.revoke', from: 'host', to: 'runner', body: { ...other, reason: 'operator' } });
  offer(uuidOf(12), 'tester', 2);
  record('host', 'assignment.expired', { assignment: uuidOf(12), fence: 2 });
  const byHand = { node: 'tester', fence: 2, by: 'op' } as const;
  record('host', 'assignment.decided', { ...byHand, n: 1, decision: 'revoked', runner: null });
  record('host', 'assignment.decided', {
    ...byHand,
    n: 2,
    decision: 'moved',
    runner: world.actors.runner.pubkey,
  });
  record('host', 'cancel.wanted', { session: IDS.session, by: 'op', reason: 'no more' });
  const ofRunner = { runner: world.actors.runner.pubkey, silenceMs: 0 };
  record('host', 'runner.liveness', { ...ofRunner, n: 1, state: 'live' });
  record('host', 'runner.liveness', { ...ofRunner, n: 2, state: 'stale' });
  const of = { ...taken, name: 'model-key' };
  const key = (byte: string) => ({ key: at(byte) });
  const sets = [
    [of.name, 1, '5a'],
    [of.name, 2, '5b'],
    ['other', 1, '5c'],
  ] as const;
  for (const [name, n, byte] of sets)
    record('host', 'secret.set', { name, n, version: hex(byte, 16), blob: at(byte), by: 'op' });
  record('host', 'secret.removed', { name: 'other', n: 2, by: 'op' });
  const facts = { author: 'Bot <bot@example.com>', ssh: of.name, https: null, knownHosts: null };
  for (const [name, n] of [
    ['bot', 1],
    ['bot', 2],
    ['old', 1],
  ] as const)
    record('host', 'principal.set', { name, n, version: hex('5d', 16), facts, by: 'op' });
  record('host', 'principal.removed', { name: 'old', n: 2, by: 'op' });
  const ask = (byte: string) => say({ type: 'secret.request', ...toHost, body: { ...of, ...key(byte) } });
  const back = { from: 'host', to: 'runner' } as const;
  const grant = { ...of, version: hex('5b', 16), ...key('77'), box: 'AAAA' };
  say({ type: 'secret.grant', ...back, re: ask('71'), body: grant });
  // Said twice, which no Host does: the same one of them stands whichever came first
  const twice = ask('72');
  say({ type: 'secret.deny', ...back, re: twice, body: { ...of, reason: 'lease_over' } });
  say({ type: 'secret.grant', ...back, re: twice, body: grant });
};

/** Routes before and after the node has a key, and again from a Host that started anew. */
const places = (world: World, chronicle: Chronicle): void => {
  const { say, record } = chronicle;
  const agent = (who: Name | null): Peer => peerOf(world, who, 'builder', 'agent');
  const people = [peerOf(world, 'user', 'user', 'user'), peerOf(world, 'bob', 'bob', 'user')];
  const routes = (n: number, who: Name | null): Said<'routes'> =>
    routesTo(world, 'user', 'user', n, [agent(who), people[1]!]);
  say(routes(1, null));
  assigns(world, chronicle);
  say(routes(2, 'node'));
  say(routesTo(world, 'runner', 'node', 1, people));
  record('host', 'epoch.claimed', { ...NEXT_EPOCH, previous: at('e1'), revision: 2 });
  say({ ...routes(1, 'node'), epoch: NEXT_EPOCH });
  say({ ...routes(2, 'peer'), epoch: NEXT_EPOCH });
  say({ ...routesTo(world, 'runner', 'node', 1, people), epoch: NEXT_EPOCH });
  // Their peers are on their way; those of the first epoch are not waited for any more.
  const announced = (list: string): Said<'routes'> => {
    const said = routesTo(world, 'user', 'user', 3, []);
    return { ...said, body: { ...said.body, list: { sha256: at(list), size: 60_000, peers: 400 } } };
  };
  say(announced('a1'));
  say({ ...announced('a2'), epoch: NEXT_EPOCH });
};

type State = BodyOf<'session.observed'>['state'];
const commit = hex('c0', 20);
const closing = { approval: IDS.approval, session: IDS.session, subjectDigest: at('5d') };

type Moved = (type: 'task.accept' | 'task.update' | 'task.result', state: State) => void;
/** The engine asks, the person answers. */
const talks = ({ say }: Chronicle, request: string): void => {
  const { session } = IDS;
  const question = uuidOf(5);
  const body = { session, attempt: 1, step: 2, question, text: 'which port?' };
  const re = say({ type: 'question', from: 'node', to: 'user', re: request, body });
  const answer = { session, question, text: '8080' };
  say({ type: 'reply', from: 'user', to: 'node', re, body: answer });
};

/** It escalates to another person, who answers; to a second escalation nobody need answer any more. */
const escalates = ({ say }: Chronicle): void => {
  const { session } = IDS;
  const put = (n: number) => {
    const about = { session, question: uuidOf(n) };
    const body = { ...about, attempt: 1, step: 2, text: 'may it wait?', path: ['user', 'builder'] };
    return { about, re: say({ type: 'escalation', from: 'node', to: 'bob', body }) };
  };
  const first = put(8);
  say({ type: 'reply', from: 'bob', to: 'node', re: first.re, body: { ...first.about, text: 'no' } });
  const second = put(9);
  say({ type: 'escalation.closed', from: 'node', to: 'bob', re: second.re, body: second.about });
};

/** It gives the person a file. */
const gives = ({ say }: Chronicle): void => {
  const file = { name: 'report.txt', size: 1, sha256: at('f1'), blobs: [at('f1')] };
  const body = { artifact: uuidOf(15), session: IDS.session, attempt: 1, file, media: 'text/plain' };
  say({ type: 'artifact.file', from: 'node', to: 'user', body });
};

/** It asks for a review, the person has words for it; of a second one nobody waits. */
const reviews = (world: World, { say }: Chronicle): void => {
  const { session } = IDS;
  const subjectDigest = at('7e');
  const ask = (n: number) => {
    const review = uuidOf(n);
    const subject: BodyOf<'review.request'>['subject'] = {
      ...{ domain: 'entangle/review/1', graph: world.graph, review, session, attempt: 1 },
      ...{ expiresAt: NOW + 600, repository: 'https://example.org/app.git', base: hex('ba', 20), commit },
      ...{ changes: at('cd'), hunks: at('df') },
    };
    const shown = { diff: [at('df')], size: 120, files: 1, task: 'mend it', path: ['builder'] };
    const of = { review, session, attempt: 1, step: 2, subject, subjectDigest, note: 'is it safe?' };
    const body = { ...of, ...shown, launchedBy: world.actors.user.pubkey };
    return { review, subject, re: say({ type: 'review.request', from: 'node', to: 'bob', body }) };
  };
  const { review, subject, re } = ask(6);
  const verdict = { review, verdict: 'changes' as const, subject, subjectDigest, reason: 'add a test' };
  say({ type: 'review.result', from: 'bob', to: 'node', re, body: verdict });
  const second = ask(7);
  const closed = { review: second.review, session, subjectDigest };
  say({ type: 'review.closed', from: 'node', to: 'bob', re: second.re, body: closed });
};

/** Launches the first task; what it gives says the node's next state, to the person and to the Host. */
const launches = (world: World, { say }: Chronicle): { move: Moved; request: string } => {
  const { session } = IDS;
  const request = say({
    type: 'task.request',
    from: 'user',
    to: 'node',
    body: { session, attempt: 1, task: 'mend it\nplease', budget: { hops: 8, turns: 5, path: ['user'] } },
  });
  let step = 0;
  const move: Moved = (type, state) => {
    const body = { session, attempt: 1, step: ++step, state };
    say({ type, from: 'node', to: 'user', re: request, body });
    const seen = { ...body, node: 'builder', requester: world.actors.user.pubkey, evidence: [] };
    say({ type: 'session.observed', from: 'runner', to: 'host', body: seen });
  };
  return { move, request };
};

const runs = ({ say, record }: Chronicle): void => {
  const { session, approval, artifact } = IDS;
  const turn = { session, attempt: 1, turn: 1, status: 'done' as const, exitCode: 0, output: at('0f') };
  const usage = { tokens: 12, cost: { currency: 'USD', micros: 15_000 } };
  record('runner', 'turn.wanted', { session, attempt: 1, turn: 2, task: at('7a'), persons: ['alice'] });
  record('runner', 'turn.finished', {
    ...turn,
    base: hex('ba', 20),
    expected: null,
    commit,
    changes: at('cd'),
    hunks: at('df'),
    diff: [at('df')],
    size: 120,
    files: 1,
    approval,
    artifact,
    expiresAt: NOW + 3600,
    printed: 3,
    transcript: [at('0f')],
    tail: 'ok',
    usage,
  });
  const body = { ...turn, engine: 'exec' as const, sandbox: 'none' as const, usage };
  say({ type: 'turn.observed', from: 'runner', to: 'host', body });
};

const anySubject = (world: World) => ({
  domain: 'entangle/subject/1' as const,
  graph: world.graph,
  policy: at('0c'),
  approval: IDS.approval,
  session: IDS.session,
  attempt: 1,
  fence: 1,
  expiresAt: NOW + 3600,
});
const subjectOf = (world: World): BodyOf<'approval.request'>['subject'] => ({
  ...anySubject(world),
  operation: 'source.publish',
  remote: 'https://example.org/app.git',
  ref: 'refs/heads/x',
  expectedHead: null,
  commit,
  changes: at('cd'),
  hunks: at('df'),
});

const APPROVERS = ['user', 'bob'] as const;
const asks = (world: World, { say }: Chronicle): Map<Name, string> => {
  const body: BodyOf<'approval.request'> = {
    ...closing,
    subject: subjectOf(world),
    diff: [at('df')],
    size: 120,
    files: 1,
    task: 'mend it',
    path: ['builder'],
    launchedBy: world.actors.user.pubkey,
    transcript: { attempt: 1, turn: 1, sha256: at('0f'), size: 3, blobs: [at('0f')] },
  };
  return new Map(APPROVERS.map((to) => [to, say({ type: 'approval.request', from: 'node', to, body })]));
};

/** A command, of which both grant repeats: one of them twice under one id, which nobody does, and takes theirs back. */
const grants = (world: World, { say }: Chronicle): void => {
  const approval = uuidOf(30);
  const subject = {
    ...anySubject(world),
    ...{ approval, operation: 'command.run' as const, turn: 1, binding: 'declared' as const },
    ...{ command: 'make', words: 'Run make', input: null },
    option: { id: 'once', kind: 'allow_once', name: 'Once' },
  };
  const about = { approval, subject, subjectDigest: at('5e') };
  const shown = { diff: [], size: 0, files: 0, task: 'mend it', path: ['builder'] };
  const asked = { ...about, ...shown, session: IDS.session, launchedBy: world.actors.user.pubkey };
  const end = { approval, session: IDS.session, subjectDigest: at('5e'), state: 'approved' as const };
  for (const [n, person] of APPROVERS.entries()) {
    const re = say({ type: 'approval.request', from: 'node', to: person, body: asked });
    const grant = uuidOf(31 + n);
    const good = { reach: 'session' as const, scope: at('5c'), expiresAt: NOW + 3600 };
    const grantOf = (uses: number) =>
      say({ type: 'grant', from: person, to: 'node', re, body: { ...about, ...good, grant, uses } });
    const signed = grantOf(2);
    if (n === 0) grantOf(3);
    const used = { ...end, grants: [{ grant, use: 1 }] };
    say({ type: 'approval.closed', from: 'node', to: person, re, body: used });
    if (n === 1) say({ type: 'grant.revoke', from: person, to: 'node', re: signed, body: { grant } });
  }
};

const sees = ({ say }: Chronicle, state: BodyOf<'approval.observed'>['state']): string =>
  say({
    type: 'approval.observed',
    from: 'runner',
    to: 'host',
    body: { ...closing, operation: 'source.publish', state, evidence: [] },
  });

const decides = (world: World, { say }: Chronicle, asked: Map<Name, string>): void => {
  const { approval, subjectDigest } = closing;
  const sha256 = at('df');
  const get = say({ type: 'blob.get', from: 'user', to: 'node', body: { sha256 } });
  for (const n of [0, 1])
    say({ type: 'blob.part', from: 'node', to: 'user', re: get, body: { sha256, n, of: 2, data: 'AAAA' } });
  const subject = subjectOf(world);
  const decision = { approval, decision: 'approved' as const, subject, subjectDigest };
  for (const from of APPROVERS)
    say({ type: 'approval.response', from, to: 'node', re: asked.get(from)!, body: decision });
  const closed = { ...closing, state: 'approved' as const };
  for (const to of APPROVERS)
    say({ type: 'approval.closed', from: 'node', to, re: asked.get(to)!, body: closed });
};

const publishes = (world: World, { say, record }: Chronicle): void => {
  const { session, approval, artifact } = IDS;
  const where = {
    artifact,
    session,
    repository: 'https://example.org/app.git',
    branch: 'x',
    commit,
    approval,
  };
  record('runner', 'publish.intended', { session, attempt: 1, commit, branch: 'x' });
  for (const state of ['materialized', 'published'] as const)
    say({ type: 'artifact.observed', from: 'runner', to: 'host', body: { ...where, state } });
  record('runner', 'publish.finished', { session, attempt: 1, commit, outcome: 'pushed' });
  const subject = subjectOf(world) as PublishSubject;
  const request = { session, approval, tree: hex('7e', 20), subject, evidence: [] };
  const re = say({ type: 'evidence.request', from: 'runner', to: 'host', body: request });
  const logged = { payload: 'AAAA', log: at('1e'), sig: 'AAAA' };
  const answer = { type: 'evidence.statement', from: 'host', to: 'runner', re } as const;
  say({ ...answer, body: { session, approval, statement: logged } });
  // Said twice, which no Host does: the same one of them stands whichever came first
  say({ ...answer, body: { session, approval, reason: 'policy_unknown' } });
  record('runner', 'evidence.finished', { request: re, state: 'attached' });
  const proof = { type: 'evidence.logged', from: 'host', to: 'runner', re } as const;
  for (const words of ['one', 'another']) say({ ...proof, body: { session, approval, proof: words } });
  say({ type: 'artifact.ref', from: 'node', to: 'user', body: where });
};

/** A task that ends in an approved publication. */
const works = (world: World, chronicle: Chronicle): void => {
  const { move, request } = launches(world, chronicle);
  move('task.accept', 'accepted');
  move('task.update', 'active');
  talks(chronicle, request);
  reviews(world, chronicle);
  escalates(chronicle);
  gives(chronicle);
  runs(chronicle);
  grants(world, chronicle);
  const asked = asks(world, chronicle);
  sees(chronicle, 'pending');
  move('task.update', 'waiting_approval');
  decides(world, chronicle, asked);
  sees(chronicle, 'approved');
  publishes(world, chronicle);
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
  const first = ask('node', 1);
  states('node', first, 1, 'accepted', 'active');
  const away = { node: 'builder', name: 'robert', ask: 'approval', since: NOW } as const;
  for (const [n, unreached] of [[away], []].entries()) {
    const body = { session, attempt: 1, n: n + 1, unreached };
    say({ type: 'task.waiting', from: 'node', to: 'user', re: first, body });
    say({ type: 'waiting.observed', from: 'runner', to: 'host', body });
  }
  states('peer', ask('peer', 2), 2, 'accepted', 'active', 'failed');
  say({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state: 'revoked' } });
  const other = world.compose({
    type: 'runner.trust',
    from: 'host',
    to: 'user',
    body: { runner: 'r1', state: 'trusted' },
  });
  const conflict = {
    n: 1,
    boot: hex('bb', 16),
    followed: EPOCH.boot,
    event: { ...other, tags: other.tags.map((tag) => [...tag]) },
  };
  record('user', 'host.conflict', conflict);
  const head = { chain: at('c0'), root: at('c1'), peaks: [at('c1')], log: at('c2'), sig: 'AAAA' };
  for (const size of [4, 8]) {
    const event = { ...conflict.event, id: at(`0${size}`), content: JSON.stringify({ size, ...head }) };
    record('user', 'checkpoint.kept', { restored: 0, instead: null, event });
    record('user', 'history.conflict', { held: event.id, event: conflict.event });
  }
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
