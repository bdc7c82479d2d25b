/** The home of `r1` with its real runner, over git and an engine in memory. Host, people and peers are keys. */

import type { ProbeRecord } from '../../src/core/acp/probe-record.ts';
import { nodeFile } from '../../src/core/graph/common-parts.ts';
import type { AgentNode } from '../../src/core/graph/model.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import type { Decision, SandboxKind } from '../../src/core/vocabulary.ts';
import type { Allowance } from '../../src/services/runner/budget.ts';
import { startRunner } from '../../src/services/runner/serve.ts';
import { TurnRoom } from '../../src/services/runner/turn-room.ts';
import { type Name, uuidOf } from '../support/world.ts';
import { createDice } from './dice.ts';
import { fileBelow, inNoFiles, removeBelow } from './file-tree.ts';
import { giveTo } from './given-bytes.ts';
import { createMemoryRemote, memoryGit } from './memory-git.ts';
import type { MemoryDisk } from './memory-home.ts';
import { createMemoryMachine, memoryKeyStore } from './memory-machine.ts';
import { anyEngine, type EngineRun, type EngineScript, onlyExec, scriptedEngine } from './scripted-engine.ts';
import { createSingleHome, graphOf, type Keys, routesBody } from './single-home.ts';

const REMOTE = 'file:///remote';
export const NO_BOUND = { bytes: 1e15, entries: 1e9 };
/** `builder` runs here under the key `node`, `helper` elsewhere under `peer`. `phone` is another key of alice. */
export const RUNNER_GRAPH = `graph: acme
nodes:
  alice: { kind: user, pubkey: $user, person: alice }
  phone: { kind: user, pubkey: $bob, person: alice }
  carol: { kind: user, pubkey: $stranger }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
    workspace: { repository: "${REMOTE}", base: main }
    policy: { sandbox: none, approval: { source.publish: { by: [alice, phone, carol], quorum: 1 } } }
  helper:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
    policy: { sandbox: none }
edges:
  - alice delegates_to builder
  - carol delegates_to builder
  - builder delegates_to helper
  - helper delegates_to builder
  - alice approves builder
  - phone approves builder
  - carol approves builder
`;
/** The same without an approval policy: what a turn leaves is published at once. */
export const FREE_GRAPH = RUNNER_GRAPH.replace(
  / policy: \{ sandbox: none, approval.*/,
  ' policy: { sandbox: none }',
);
/** Commands of an agent of which nothing is known are approved, and that has to hold. */
export const ENFORCED_GRAPH = RUNNER_GRAPH.replace('{ type: exec', '{ type: acp').replace(
  /policy: \{ sandbox: none, approval.*/,
  'policy: { sandbox: bwrap, require: enforced, approval: { command.run: { by: [alice], quorum: 1 } } }',
);
/** The same with `idle`, an agent that runs nowhere, and such edges. */
export const withIdle = (graph: string, ...edges: readonly string[]): string => {
  const idle = '  idle: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }\n';
  return graph.replace('edges:\n', `${idle}$&${edges.map((edge) => `  - ${edge}\n`).join('')}`);
};
export const KEYS: Keys = { alice: 'user', phone: 'bob', carol: 'stranger', builder: 'node', helper: 'peer' };
export const ASSIGNMENT = uuidOf(0xd1);
export const LEASE_MS = 60_000;

export type RunnerSetup = {
  script?: EngineScript;
  graph?: string;
  capacity?: number;
  /** For agents, in MiB. */
  memory?: number;
  sandbox?: SandboxKind[];
  invite?: { id: string; hmac: string };
  /** Whether it runs agents too; the script is that of any engine. */
  hasAgents?: boolean;
  /** What stands of its probes: changed in place, it is other from then on. */
  probes?: ProbeRecord[];
  /** Of an earlier one, which is started again. */
  disk?: MemoryDisk;
};
export type SingleRunner = Awaited<ReturnType<typeof startSingleRunner>>;

export const startSingleRunner = async (setup: RunnerSetup = {}) => {
  const { script = ({ task, write }) => write('done.txt', task), graph = RUNNER_GRAPH, capacity = 4 } = setup;
  const one = createSingleHome('runner', 'r1', setup.disk);
  const { home, world, actors, time, hear, fleeting } = one;
  const machine = createMemoryMachine();
  machine.keys.set(`node-${ASSIGNMENT}`, actors.node.secretKey);
  const remote = createMemoryRemote(REMOTE, { 'a.txt': 'a\n' });
  const { files, stores, keys } = machine;
  const { clock } = time;
  const runs: EngineRun[] = [];
  const unused = async (): Promise<never> => {
    throw new Error('no file of a home is read or written here');
  };
  const engine = scriptedEngine({ runner: 'r1', files, clock, script, runs });
  const removeDirectory = async (path: string) => removeBelow(files, path);
  const { runner, close } = await startRunner({
    room: new TurnRoom(),
    home,
    keys: memoryKeyStore(keys),
    git: memoryGit({ remotes: [remote], stores, files, clock, dice: createDice('single runner') }),
    engines: setup.hasAgents ? anyEngine(engine) : onlyExec(engine),
    files: { read: unused, write: unused, create: unused, remove: unused, list: unused, directory: unused },
    directory: '/r1',
    turnsDirectory: () => '/r1/turns',
    version: '0',
    platform: 'simulated',
    labels: {},
    sandbox: setup.sandbox ?? ['none'],
    capacity,
    memory: setup.memory,
    disk: { ...NO_BOUND, used: async () => ({ bytes: 0, entries: 0, free: NO_BOUND.bytes }) },
    protocols: ['file'],
    repositoryHooks: false,
    hidden: [],
    probes: async () => setup.probes ?? [],
    invite: setup.invite ?? null,
    keptPlaces: [],
    leftPlaces: [],
    stores: async () => [...stores.keys()],
    newSettings: async () => null,
    wantsToLeave: async () => null,
    freshDirectory: removeDirectory,
    removeDirectory,
    readBelow: fileBelow(files),
    withFiles: inNoFiles,
  });
  const trust = (state: 'trusted' | 'revoked' | 'rejected' = 'trusted') =>
    hear({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state } });
  const specOf = (node: string) =>
    JSON.stringify(nodeFile(graphOf(world, graph).nodes.get(node) as AgentNode));
  const offer = (body: Partial<BodyOf<'assignment.offer'>> = {}) => {
    const about = { assignment: ASSIGNMENT, node: 'builder', fence: 1, revision: 1, leaseMs: LEASE_MS };
    const proof = { digest: '0d'.repeat(32), challenge: 'c4'.repeat(16) };
    const spec = specOf('builder');
    return hear({
      type: 'assignment.offer',
      from: 'host',
      to: 'runner',
      body: { ...about, ...proof, spec, ...body },
    });
  };
  let n = 0;
  type RoutesBody = BodyOf<'routes'>;
  const hearRoutes = (change = (body: RoutesBody): RoutesBody => body, owner = 'builder') => {
    const body = routesBody(world, graph, owner, KEYS, ++n);
    return hear({ type: 'routes', from: 'host', to: 'runner', body: change(body) });
  };
  const beats = () => fleeting('runner.heartbeat');
  /** The Host's answer to a heartbeat, the newest one where none is named. */
  const renew = async (body: Partial<BodyOf<'assignment.renew'>> = {}) => {
    const leases = [{ assignment: ASSIGNMENT, fence: 1, leaseMs: LEASE_MS }];
    const beat = beats().at(-1)?.body.beat ?? '';
    await hear({ type: 'assignment.renew', from: 'host', to: 'runner', body: { beat, leases, ...body } });
  };
  /** A fresh heartbeat, answered at once. */
  const lease = async () => {
    const before = beats().length;
    await time.until('a heartbeat', () => beats().length > before);
    await renew();
  };
  /** All that comes before work: trust, an accepted offer, routes, a lease. */
  const ready = async () => {
    await trust();
    await offer();
    await time.until('the node', () => home.identities.has(actors.node.pubkey));
    await hearRoutes();
    await lease();
  };
  /** A node runs here too, or once more, under the key: assigned, with routes, leased for a minute. */
  const alsoRun = async (
    node = 'helper',
    fence = 1,
    key: Name = 'peer',
    change = (body: RoutesBody) => body,
  ) => {
    const assignment = uuidOf(0xd00 + machine.keys.size);
    machine.keys.set(`node-${assignment}`, actors[key].secretKey);
    await offer({ assignment, node, fence, spec: specOf(node) });
    const { pubkey } = actors[key];
    await time.until('the other key', () => home.identities.has(pubkey), 5000);
    await hearRoutes((body) => change({ ...body, self: { ...body.self, pubkey } }), node);
    home.leases.grant(pubkey, time.elapsed() + LEASE_MS);
    return assignment;
  };
  const request = (session: string, from: Name = 'user', task = 'write', budget: Partial<Allowance> = {}) =>
    hear({
      type: 'task.request',
      from,
      to: 'node',
      body: { session, attempt: 1, task, budget: { hops: 8, turns: 50, path: [nameOf(from)], ...budget } },
    });
  const given = giveTo(one, runner.exchange, 'node');
  /** The rest of a text, by who names it in a message. */
  const give = (bytes: Uint8Array, from: Name = 'user') => given(bytes, from);
  /** Nothing of them is left, and nobody is asked anew. */
  const loseBlobs = (): void => {
    home.disk.blobs.clear();
    for (const { sha256, by, n } of home.tables.list('blob_parts'))
      home.tables.remove('blob_parts', sha256, by, n);
  };
  const rows = {
    session: (id: string) => home.tables.get('sessions', id),
    approval: (session: string) => home.tables.list('approvals', { session }).at(-1),
    turn: (session: string) => home.tables.list('turns', { session }).at(-1),
  };
  /** Waits until the session is in the state; the lease is renewed meanwhile. */
  const reach = async (session: string, state: string) => {
    await time.until(`${session} ${state}`, () => rows.session(session)?.state === state, LEASE_MS - 1000);
    return rows.session(session)!;
  };
  const decide = (
    session: string,
    from: Name,
    decision: Decision = 'approved',
    words: Pick<BodyOf<'approval.response'>, 'reason' | 'whole' | 'sshsig'> = {},
    approval = rows.approval(session)!.id,
  ) => {
    const { id, subject } = home.tables.get('approvals', approval)!;
    const asked = home.tables.get('approval_requests', id, actors[from].pubkey)!;
    const request = one.said('approval.request').find(({ body }) => body.approval === id)!;
    const about = { subject: request.body.subject, subjectDigest: subject };
    const body = { approval: id, decision, ...about, ...words };
    return hear({ type: 'approval.response', from, to: 'node', re: asked.message, body });
  };
  const steps = { trust, specOf, offer, hearRoutes, beats, renew, lease, ready, alsoRun };
  const talk = { request, reach, decide, give, loseBlobs };
  return { ...one, ...rows, ...steps, ...talk, runner, close, remote, machine, runs };
};

/** The same, with a node that is ready for work. */
export const startReadyRunner = async (setup: RunnerSetup = {}): Promise<SingleRunner> => {
  const one = await startSingleRunner(setup);
  await one.ready();
  return one;
};

/** The same, where nobody need approve. */
export const startFreeRunner = (setup: RunnerSetup = {}): Promise<SingleRunner> =>
  startReadyRunner({ graph: FREE_GRAPH, ...setup });

const nameOf = (key: Name): string => Object.entries(KEYS).find(([, name]) => name === key)?.[0] ?? key;
