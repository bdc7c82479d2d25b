/** A whole federation in one process: the real Host, runner and user services over ports in memory, on virtual time. */

import { fingerprint } from '../../src/core/crypto/fingerprint.ts';
import type { Suite } from '../../src/core/crypto/suite.ts';
import { fromHex, toHex } from '../../src/core/encoding/bytes.ts';
import { npub } from '../../src/core/encoding/id.ts';
import { EntangleError } from '../../src/core/errors.ts';
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import { canonicalGraph } from '../../src/core/graph/revision.ts';
import type { HistoryBounds } from '../../src/core/projection/history/over.ts';
import { readInvite } from '../../src/core/protocol/invite.ts';
import type { SshSigner } from '../../src/ports/index.ts';
import { GRAPH_TYPES } from '../../src/services/graph/types.ts';
import { applyGraph } from '../../src/services/host/graph.ts';
import type { Host } from '../../src/services/host/host.ts';
import { headOf } from '../../src/services/host/host.ts';
import { invite } from '../../src/services/host/invite.ts';
import { logKeyOf } from '../../src/services/host/log-key.ts';
import { decideTrust } from '../../src/services/host/runners.ts';
import { type RunningHost, startHost } from '../../src/services/host/serve.ts';
import { putSuccessor, unusedKey } from '../../src/services/host/succession.ts';
import { inviteProofOf } from '../../src/services/messaging/admission.ts';
import { heldKeys } from '../../src/services/messaging/authority.ts';
import { type RunningRunner, startRunner } from '../../src/services/runner/serve.ts';
import { TurnRoom } from '../../src/services/runner/turn-room.ts';
import { startUser, type User } from '../../src/services/user/user.ts';
import { idealSuite, keyOfPoint } from '../support/ideal-suite.ts';
import { noIssuer } from '../support/issuer.ts';
import { knownMeasures } from '../support/measures.ts';
import { createDice, type Dice, seededRandom } from './dice.ts';
import { fileBelow, inNoFiles, removeBelow } from './file-tree.ts';
import { createMemoryRemote, type MemoryRemote, memoryGit } from './memory-git.ts';
import type { MemoryHome } from './memory-home.ts';
import { createMemoryMachine, type MemoryMachine, memoryKeyStore } from './memory-machine.ts';
import { createMemoryRelay, type MemoryRelay } from './memory-relay.ts';
import { memoryUsedOnce } from './memory-used-once.ts';
import { createPart, type Part, type PartWorld } from './part.ts';
import type { ProcessLife } from './process-life.ts';
import { anyEngine, type EngineRun, type EngineScript, onlyExec, scriptedEngine } from './scripted-engine.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

type GraphFile = { graph: string; nodes: Record<string, Record<string, unknown>>; edges: unknown[] };
export type RunnerOffer = {
  labels?: Record<string, string>;
  capacity?: number;
  sandbox?: ('bwrap' | 'none')[];
};
export type FederationOptions = {
  seed?: string;
  /** By name in the graph; `person` where somebody has a second key. */
  people: Record<string, { person?: string; ssh?: readonly string[] }>;
  /** With which SSH keys they also sign approvals. */
  sshKeys?: Record<string, readonly SshSigner[]>;
  /** By name: what differs from an agent that works on the remote's main branch without a sandbox. */
  agents: Record<string, Record<string, unknown>>;
  edges: readonly unknown[];
  runners?: Record<string, RunnerOffer>;
  relays?: number;
  script?: EngineScript;
  /** Its runners run the engine of agents, too. */
  hasAgents?: boolean;
  /** The ideal one, unless what others make of the signatures is looked at, or the keys of an intruder. */
  suite?: Suite;
  leaseMs?: number;
  saveMs?: number;
  /** When what is over leaves the working sets; left out, all stays. */
  history?: HistoryBounds | undefined;
  onLog?: PartWorld['onLog'];
};
export type RunnerPart = Part<RunningRunner> & { machine: MemoryMachine };
export type Federation = {
  readonly seed: string;
  readonly dice: Dice;
  readonly time: VirtualClock;
  readonly relays: readonly MemoryRelay[];
  readonly remote: MemoryRemote;
  readonly host: Part<RunningHost>;
  readonly runners: Readonly<Record<string, RunnerPart>>;
  readonly people: Readonly<Record<string, Part<User>>>;
  /** Every turn that an engine began. */
  readonly runs: readonly EngineRun[];
  /** The graph as it was applied last; a change of it becomes the next revision. */
  graph(): GraphFile;
  applyGraph(change: (file: GraphFile) => void): Promise<void>;
  /** Adds a runner that was invited and started; the operator has not trusted it yet. */
  addRunner(name: string, offer?: RunnerOffer): Promise<RunnerPart>;
  /** A new home with the key that a person has, and an invite to join again: it is `<person> again`. */
  rejoin(person: string): Promise<Part<User>>;
  trust(runner: string, state?: 'trusted' | 'rejected' | 'revoked'): Promise<void>;
  /** The Host's home as it is now, on another machine: the same keys, and started it is another boot. */
  copyHost(name?: string): Part<RunningHost>;
  /** The key store of the Host; another one of its log is made at a start that finds none. */
  hostKeys: Map<string, Uint8Array>;
  /** Puts another key in the place of the one that signs, at a Host that is not up; by the recovery key where that is given. */
  succeed(host?: Part<RunningHost>, recovery?: Uint8Array): Promise<void>;
  /** The offline key of this federation. */
  readonly recoveryKey: Uint8Array;
  /** Starts a Host by the operator’s word that it goes on, and no other. */
  takeOver(host: Part<RunningHost>): Promise<void>;
  /** Lets time pass until the work is done. */
  finish<T>(what: string, work: Promise<T>): Promise<T>;
  until: VirtualClock['until'];
  close(): Promise<void>;
};

const REMOTE = 'file:///remote';
const LEASE_MS = 60_000;
const SAVE_MS = 30_000;

const agentNode = (changes: Record<string, unknown>): Record<string, unknown> => ({
  kind: 'agent',
  engine: { type: 'exec', auth: 'none', command: ['true'] },
  workspace: { repository: REMOTE, base: 'main' },
  ...changes,
  policy: { sandbox: 'none', ...(changes.policy as object | undefined) },
});

/** Every port is over memory; `begin` is what `src/cli/wiring/` does for real processes. */
const beginHost =
  (
    options: FederationOptions,
    relays: readonly MemoryRelay[],
    operator: { takesOver: boolean; keys: Map<string, Uint8Array> },
  ) =>
  async (home: MemoryHome): Promise<{ running: RunningHost; close(): Promise<void> }> => {
    const keys = memoryKeyStore(operator.keys);
    const running = await startHost({
      home,
      tell: options.onLog && home.log,
      bootstrap: '00'.repeat(32),
      environment: null,
      relays: relays.map(({ url }) => url),
      leaseMs: options.leaseMs ?? LEASE_MS,
      recovery: home.recovery,
      members: false,
      takeOver: operator.takesOver,
      logKey: await logKeyOf(home, keys, home.random),
      verifyIdentity: noIssuer,
      signedRequests: memoryUsedOnce(),
      measure: knownMeasures,
    });
    return { running, close: running.close };
  };

type InviteProof = { id: string; hmac: string };
type RunnerWorld = {
  isTold: boolean;
  remote: MemoryRemote;
  runs: EngineRun[];
  script: EngineScript;
  seed: string;
  hasAgents: boolean;
};

type RunnerSetup = { machine: MemoryMachine; offer: RunnerOffer; proof: InviteProof | null };
const beginRunner =
  (world: RunnerWorld, name: string, setup: RunnerSetup) => async (home: MemoryHome, life: ProcessLife) => {
    const { clock } = life;
    const { machine, offer, proof } = setup;
    const { files, stores, keys } = machine;
    const dice = createDice(`${world.seed}/machine/${name}/${home.disk.lines.length}`);
    const removeDirectory = async (path: string) => removeBelow(files, path);
    const running = await startRunner({
      room: new TurnRoom(),
      home,
      keys: life.guard(memoryKeyStore(keys)),
      git: life.guard(memoryGit({ remotes: [world.remote], stores, files, clock, dice })),
      engines: (world.hasAgents ? anyEngine : onlyExec)(
        life.guard(scriptedEngine({ runner: name, files, clock, script: world.script, runs: world.runs })),
      ),
      files: noFiles,
      directory: `/${name}`,
      turnsDirectory: () => `/${name}/turns`,
      version: '0',
      platform: 'simulated',
      labels: offer.labels ?? {},
      sandbox: offer.sandbox ?? ['none'],
      capacity: offer.capacity ?? 4,
      disk: { bytes: 1e15, entries: 1e9, used: async () => ({ bytes: 0, entries: 0, free: 1e15 }) },
      protocols: ['file'],
      repositoryHooks: false,
      hidden: [],
      probes: async () => [],
      invite: proof,
      keptPlaces: [...files.keys()].flatMap((path) => /^.*\/agent-[^/]+/.exec(path) ?? []),
      leftPlaces: [
        ...new Set([...files.keys()].flatMap((path) => /^.*\/turns\/(?!agent-)[^/]+/.exec(path) ?? [])),
      ],
      stores: async () => [...stores.keys()],
      tell: world.isTold ? home.log : undefined,
      newSettings: async () => {
        const { settings = null } = machine;
        delete machine.settings;
        return settings;
      },
      wantsToLeave: async () => machine.leave ?? null,
      freshDirectory: removeDirectory,
      removeDirectory,
      readBelow: fileBelow(files),
      withFiles: inNoFiles,
    });
    return { running, close: running.close };
  };

const unused = (): never => {
  throw new Error('no file of a home is read or written in a simulation');
};
const noFiles = {
  read: unused,
  write: unused,
  create: unused,
  remove: unused,
  list: unused,
  directory: unused,
};

export const startFederation = async (options: FederationOptions): Promise<Federation> => {
  const { seed = 'federation', suite = idealSuite } = options;
  const time = virtualClock();
  const relays = Array.from({ length: options.relays ?? 1 }, (_, i) => {
    const url = `ws://relay${i + 1}.test`;
    return createMemoryRelay({ url, clock: time.clock, dice: createDice(`${seed}/${url}`) });
  });
  const remote = createMemoryRemote(REMOTE, { 'a.txt': 'a\n' });
  const runs: EngineRun[] = [];
  const script = options.script ?? (({ task, write }) => write('done.txt', `${task}\n`));
  const parts: PartWorld = {
    seed,
    time,
    relays,
    suite,
    saveMs: options.saveMs ?? SAVE_MS,
    history: options.history,
    onLog: options.onLog,
  };
  const hostKeys = new Map([['log', new Uint8Array(32).fill(7)]]);
  const operator = { takesOver: false, keys: hostKeys };
  const recoveryKey = seededRandom(`${seed}/recovery`)(32);
  const recovery = toHex(suite.sha256(suite.publicKey(recoveryKey)));
  const host = createPart(parts, {
    ...{ name: 'host', kind: 'host', recovery },
    begin: beginHost(options, relays, operator),
  });
  const { graph: graphId, self } = host.home;
  const federation = { host: self.pubkey, graph: graphId };
  const finish: Federation['finish'] = (what, work) => time.finish(what, work);
  const serving = (): Host => {
    // What an operator is told who comes too late
    if (!host.running) throw new EntangleError('unavailable', 'the Host is not running');
    return host.running.host;
  };
  /** What a newcomer makes of its invite. */
  const proofOf = async (
    role: 'runner' | 'user',
    name: string,
    pubkey: string,
    rejoin = false,
  ): Promise<InviteProof> => {
    const wanted = { role, name, expiresMs: 3_600_000, rejoin };
    const made = await finish('an invite', invite(serving(), wanted));
    const { id, secret } = readInvite(made.invite);
    const facts = { ...federation, self: pubkey, role, name };
    return { id, hmac: inviteProofOf(suite, fromHex(secret), facts) };
  };
  const people: Record<string, Part<User>> = {};
  const proofs = new Map<string, InviteProof>();
  const personPart = (name: string, again?: { secretKey: Uint8Array; seed: string }): Part<User> =>
    createPart(parts, {
      ...{ name, kind: 'user', federation, recovery },
      ...(again && { again }),
      begin: async (home) => {
        const user = await startUser({
          ...{ home, invite: proofs.get(again?.seed ?? name) ?? null },
          sshKeys: options.sshKeys?.[name] ?? [],
        });
        return { running: user, close: user.close };
      },
    });
  for (const name of Object.keys(options.people)) people[name] = personPart(name);
  const runners: Record<string, RunnerPart> = {};
  let file: GraphFile = {
    graph: 'acme',
    nodes: {
      ...Object.fromEntries(
        Object.entries(options.people).map(([name, more]) => [
          name,
          { kind: 'user', pubkey: npub(people[name]!.home.self.pubkey), ...more },
        ]),
      ),
      ...Object.fromEntries(Object.entries(options.agents).map(([name, more]) => [name, agentNode(more)])),
    },
    edges: [...options.edges],
  };
  const apply = async (next: GraphFile): Promise<void> => {
    const { graph, problems } = parseGraph(JSON.stringify(next), { filename: 'graph', types: GRAPH_TYPES });
    if (!graph) throw new Error(JSON.stringify(problems));
    const head = headOf(serving().home);
    const base = { n: head?.n ?? 0, digest: head?.digest ?? null };
    await finish('a revision', applyGraph(serving(), { canonical: canonicalGraph(graph), base }, 'operator'));
    file = next;
  };
  const fed: Federation = {
    seed,
    dice: createDice(`${seed}/story`),
    time,
    relays,
    remote,
    host,
    runners,
    people,
    runs,
    graph: () => structuredClone(file),
    async applyGraph(change) {
      const next = structuredClone(file);
      change(next);
      await apply(next);
    },
    async addRunner(name, offer = {}) {
      const machine = createMemoryMachine();
      const given: RunnerSetup = { machine, offer, proof: null };
      const begin = beginRunner(
        {
          remote,
          runs,
          script,
          seed,
          isTold: options.onLog !== undefined,
          hasAgents: options.hasAgents ?? false,
        },
        name,
        given,
      );
      const part = createPart(parts, { name, kind: 'runner', federation, recovery, begin });
      given.proof = await proofOf('runner', name, part.home.self.pubkey);
      runners[name] = Object.assign(part, { machine });
      await finish(`the start of ${name}`, part.start());
      return runners[name]!;
    },
    async rejoin(name) {
      const { secretKey, pubkey } = people[name]!.home.self;
      const seed = `${name} again`;
      proofs.set(seed, await proofOf('user', name, pubkey, true));
      people[seed] = personPart(name, { secretKey, seed });
      await finish(`the start of ${seed}`, people[seed].start());
      return people[seed];
    },
    async trust(name, state = 'trusted') {
      const { pubkey } = runners[name]!.home.self;
      await time.until(`the hello of ${name}`, () => host.home.tables.get('hellos', pubkey));
      const words = fingerprint(suite, 'runner', self.pubkey, pubkey);
      await finish(`${name} ${state}`, decideTrust(serving(), name, state, words));
    },
    hostKeys,
    copyHost: (name = 'copy') =>
      createPart(parts, {
        ...{ name, kind: 'host', federation, recovery, copyOf: host.disk },
        begin: beginHost(options, relays, operator),
      }),
    recoveryKey,
    async succeed(one = host, by) {
      const work = one.visit(async (home) => {
        const { disk } = one;
        const held = heldKeys(suite, [disk.secretKey, ...disk.laterKeys]);
        const left = unusedKey(home.tables, home.graph, held);
        const next = left ?? keyOfPoint(suite, home.random.bytes);
        if (!left) disk.laterKeys.push(next);
        await putSuccessor(home, next, by ?? null);
      });
      await finish('another key', work);
    },
    async takeOver(one) {
      operator.takesOver = true;
      const starting = one.start();
      operator.takesOver = false;
      await finish('the start that takes over', starting);
    },
    finish,
    until: time.until,
    async close() {
      for (const part of [...Object.values(people), ...Object.values(runners), host])
        await finish(`the end of ${part.name}`, part.stop());
    },
  };
  await finish('the start of the Host', host.start());
  await apply(file);
  for (const [name, offer] of Object.entries(options.runners ?? { r1: {} })) {
    await fed.addRunner(name, offer);
    await fed.trust(name);
  }
  for (const name of Object.keys(people)) {
    proofs.set(name, await proofOf('user', name, people[name]!.home.self.pubkey));
    await finish(`the start of ${name}`, people[name]!.start());
  }
  return fed;
};
