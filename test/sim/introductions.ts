/** Makes the homes of a kit known to each other by genuine messages: invites, trust, assignments, routes. */
import { digestOf } from '../../src/core/encoding/canonical.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type { PublishSubject } from '../../src/core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { inviteProofOf, inviteSecret } from '../../src/services/messaging/admission.ts';
import { nowSeconds } from '../../src/services/messaging/home.ts';
import { challengeOf, signNodeProof } from '../../src/services/messaging/node-proof.ts';
import { uuidOf } from '../support/world.ts';
import { createMessageKit, type Disks, type Forged, type MessageKit, type Name } from './message-kit.ts';

export const REVISION = 5;
export const DIGEST = 'd1'.repeat(32);
export const LEASE_MS = 60_000;

type RunnerName = 'runner' | 'runner2';
type NodeName = 'node' | 'sibling' | 'node2';
export const ASSIGNMENT = { node: uuidOf(101), sibling: uuidOf(102), node2: uuidOf(103) } as const;
export const INVITE = { runner: uuidOf(201), runner2: uuidOf(202), mallory: uuidOf(203) } as const;
export const RUNNER_OF = { node: 'runner', sibling: 'runner', node2: 'runner2' } as const;

type Hello = BodyOf<'runner.hello'>;
export const runnerHello = (name: string, invite?: Hello['invite']): Hello => ({
  name,
  version: '1',
  platform: 'x',
  labels: {},
  engines: ['exec'],
  sandbox: ['none'],
  capacity: 2,
  ...(invite ? { invite } : {}),
});

/** The proof that the invite `id` was for this key, role and name. */
export const inviteFor = (kit: MessageKit, id: string, self: Name, role: string, name: string) => {
  const { host } = kit.homes;
  const facts = { host: host.host, self: kit.who[self].pubkey, graph: host.graph, role, name };
  return { id, hmac: inviteProofOf(host.suite, inviteSecret(host, id), facts) };
};

/** `key`: whom alone it is for. */
export const issueInvite = (
  kit: MessageKit,
  id: string,
  role: 'runner' | 'user',
  name: string,
  key?: Name,
) => {
  const expiresAt = nowSeconds(kit.homes.host) + 3600;
  const of = key === undefined ? {} : { key: kit.who[key].pubkey };
  return kit.note('host', 'invite.issued', { id, role, name, expiresAt, ...of });
};

export const nameUsers = (kit: MessageKit, n: number, names: readonly ('alice' | 'bob')[]) => {
  const users = names.map((name) => ({ name, pubkey: kit.who[name].pubkey }));
  return kit.note('host', 'graph.revision', { n, digest: DIGEST, parent: null, by: 'operator', users });
};

/** An invite, a hello with its proof, and the operator's trust. */
export const joinRunner = async (kit: MessageKit, runner: RunnerName, trusted = true): Promise<void> => {
  await issueInvite(kit, INVITE[runner], 'runner', runner);
  const invite = inviteFor(kit, INVITE[runner], runner, 'runner', runner);
  await kit.send({ type: 'runner.hello', from: runner, to: 'host', body: runnerHello(runner, invite) });
  if (trusted) await trustRunner(kit, runner, 'trusted');
};

export const trustRunner = (kit: MessageKit, to: RunnerName, state: BodyOf<'runner.trust'>['state']) =>
  kit.send({ type: 'runner.trust', from: 'host', to, body: { runner: to, state } });

export const offerOf = (kit: MessageKit, node: NodeName, fence = 1): BodyOf<'assignment.offer'> => ({
  assignment: ASSIGNMENT[node],
  node,
  fence,
  revision: REVISION,
  digest: DIGEST,
  leaseMs: LEASE_MS,
  challenge: challengeOf(kit.homes.host, ASSIGNMENT[node], fence),
  spec: '{}',
});

export type ProofFacts = Parameters<typeof signNodeProof>[2];
export const proofFacts = (kit: MessageKit, node: NodeName, fence = 1): ProofFacts => ({
  node,
  assignment: ASSIGNMENT[node],
  fence,
  runner: kit.who[RUNNER_OF[node]].pubkey,
  host: kit.homes.host.host,
  challenge: challengeOf(kit.homes.host, ASSIGNMENT[node], fence),
});

export const acceptOf = (kit: MessageKit, node: NodeName, fence = 1): BodyOf<'assignment.accept'> => ({
  assignment: ASSIGNMENT[node],
  node,
  fence,
  pubkey: kit.who[node].pubkey,
  proof: signNodeProof(kit.homeOf(node), kit.who[node], proofFacts(kit, node, fence)),
});

/** The offer to the node's runner and, unless left open, its acceptance; gives both events. */
export const assign = async (
  kit: MessageKit,
  node: NodeName,
): Promise<{ offer: string; accept: SignedEvent }> => {
  const runner = RUNNER_OF[node];
  const offer = await kit.send({
    type: 'assignment.offer',
    from: 'host',
    to: runner,
    body: offerOf(kit, node),
  });
  const body = acceptOf(kit, node);
  const accept = await kit.send({ type: 'assignment.accept', from: runner, to: 'host', body, re: offer.id });
  return { offer: offer.id, accept };
};

type Peer = BodyOf<'routes'>['peers'][number];
export type Relation = Peer['relations'][number];
export const peerOf = (kit: MessageKit, name: Name, relations: Relation[]): Peer => {
  const { pubkey, role } = kit.who[name];
  return { name, kind: role === 'node' ? 'agent' : 'user', pubkey, relays: [], relations };
};

export const routesOf = (kit: MessageKit, owner: Name, peers: Peer[], n = 1): BodyOf<'routes'> => {
  const { pubkey, role } = kit.who[owner];
  return {
    n,
    revision: REVISION,
    digest: DIGEST,
    self: { name: owner, kind: role === 'node' ? 'agent' : 'user', pubkey },
    peers,
    approval: {},
    policy: {},
  };
};

/** All edges of the kit, each as its two ends are told of it. */
const EDGES: readonly [Name, Name, Relation['relation'][]][] = [
  ['alice', 'node', ['delegates_to', 'approves', 'reviews']],
  ['alice', 'sibling', ['delegates_to', 'approves', 'reviews']],
  ['bob', 'node', ['delegates_to', 'approves']],
  ['node', 'node2', ['delegates_to', 'reviews']],
  ['node2', 'node', ['hands_off_to', 'escalates_to']],
  ['node', 'alice', ['escalates_to']],
  ['sibling', 'alice', ['escalates_to']],
  ['node', 'bob', ['escalates_to']],
  ['node', 'sibling', ['delegates_to']],
];
export const relationsOf = (owner: Name, peer: Name): Relation[] =>
  EDGES.flatMap(([a, b, relations]) => {
    const side = owner === a && peer === b ? 'a' : owner === b && peer === a ? 'b' : null;
    return side ? relations.map((relation): Relation => ({ relation, side })) : [];
  });

/** Newest routes of `owner`, naming these peers over the edges of the kit. */
export const tellRoutes = async (
  kit: MessageKit,
  owner: Name,
  peers: readonly Name[],
  n = 1,
  revision = REVISION,
) => {
  const all = peers.map((peer) => peerOf(kit, peer, relationsOf(owner, peer)));
  await sendRoutes(kit, { ...routesOf(kit, owner, all, n), revision });
};
/** To whom they are for: a person, or the runner of a node. */
export const sendRoutes = (kit: MessageKit, body: BodyOf<'routes'>) => {
  const owner = body.self.name as Name;
  const to = owner in RUNNER_OF ? RUNNER_OF[owner as NodeName] : owner;
  return kit.send({ type: 'routes', from: 'host', to, body });
};

/** A start that many tests share: made once, and each test goes on over its own copy of the disks. */
export const startAfter = (introduce: (kit: MessageKit) => Promise<void>): (() => Promise<MessageKit>) => {
  let known: Disks | null = null;
  return async () => {
    if (!known) {
      const first = createMessageKit();
      await introduce(first);
      known = first.disks;
    }
    const kit = createMessageKit(undefined, structuredClone(known));
    for (const node of ['node', 'node2'] as const) lease(kit, node);
    return kit;
  };
};

/** Both runners are trusted, and nothing is assigned to them. */
export const trustedRunners = startAfter(async (kit) => {
  await nameUsers(kit, REVISION, ['alice', 'bob']);
  for (const runner of ['runner', 'runner2'] as const) await joinRunner(kit, runner);
});

/** A federation at work: two runners with a node each, Alice and Bob above the first, the first above the second. */
export const introduced = startAfter(async (kit) => {
  await nameUsers(kit, REVISION, ['alice', 'bob']);
  for (const runner of ['runner', 'runner2'] as const) await joinRunner(kit, runner);
  for (const node of ['node', 'node2'] as const) await assign(kit, node);
  await tellRoutes(kit, 'alice', ['node']);
  await tellRoutes(kit, 'bob', ['node']);
  await tellRoutes(kit, 'node', ['alice', 'bob', 'node2']);
  await tellRoutes(kit, 'node2', ['node']);
});

/** The Host renewed the node's lease just now. */
export const lease = (kit: MessageKit, node: NodeName, ms = LEASE_MS): void => {
  kit.homeOf(node).leases.grant(kit.who[node].pubkey, kit.time.clock.monotonic() + ms);
};

/** What Alice asks the first node, as the requests of this kit are numbered. */
export const taskOf = (n: number, attempt = 1): BodyOf<'task.request'> => ({
  session: uuidOf(n),
  attempt,
  task: 'mend it',
  budget: { hops: 1, turns: 1, path: ['alice'] },
});

type Began = {
  n?: number;
  attempt?: number;
  by?: Name;
  from?: 'runner' | 'runner2';
  node?: 'node' | 'node2';
  /** The key that was asked, where that is none of its name. */
  asked?: Name;
};
/** The first step of a session as its runner tells it, with who asked for it. */
export const sessionSeen = (kit: MessageKit, began: Began = {}, evidence?: SignedEvent[]) => {
  const {
    n = 1,
    attempt = 1,
    by = 'alice',
    from = 'runner',
    node = from === 'runner' ? 'node' : 'node2',
    asked = node,
  } = began;
  const move = { session: uuidOf(n), attempt, step: 1, state: 'accepted' as const };
  const request = () => kit.compose({ type: 'task.request', from: by, to: asked, body: taskOf(n, attempt) });
  const of = { node, requester: kit.who[by].pubkey, evidence: (evidence ?? [request()]) as never };
  return { type: 'session.observed', from, to: 'host', body: { ...move, ...of } } satisfies Forged;
};

/** What the first node asks people to decide, as the questions of this kit are numbered. */
export const questionOf = (
  kit: MessageKit,
  n: number,
  changes: Partial<PublishSubject> = {},
): BodyOf<'approval.request'> => {
  const { graph, suite } = kit.homes.host;
  const subject = {
    domain: 'entangle/subject/1' as const,
    graph,
    policy: 'ab'.repeat(32),
    approval: uuidOf(1000 + n),
    session: uuidOf(n),
    attempt: 1,
    fence: 1,
    operation: 'source.publish' as const,
    expiresAt: nowSeconds(kit.homes.host) + 100,
    remote: 'https://example.org/a.git',
    ref: 'refs/heads/a',
    expectedHead: null,
    commit: 'ab'.repeat(20),
    changes: 'ab'.repeat(32),
    hunks: 'ab'.repeat(32),
    ...changes,
  };
  return {
    approval: uuidOf(1000 + n),
    session: uuidOf(n),
    subject,
    subjectDigest: digestOf(suite, subject),
    diff: [DIFF],
    size: 1,
    task: 'mend it',
    path: ['alice', 'node'],
    launchedBy: kit.who.alice.pubkey,
    files: 1,
  };
};
export const DIFF = 'df'.repeat(32);

/** Alice may give tasks to the other node of that runner too. */
export const withSibling = async (kit: MessageKit): Promise<void> => {
  await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
  await tellRoutes(kit, 'sibling', ['alice']);
  lease(kit, 'sibling');
};
