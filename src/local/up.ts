/** A federation of one's own for the repository one is in: brought up, shown, and stopped as one. */
import { resolve } from 'node:path';
import { noSandbox, probeSandbox, type SandboxProbe } from '../adapters/engines/probe.ts';
import { systemFiles } from '../adapters/system/files.ts';
import { acquireLock } from '../adapters/system/lock.ts';
import { graphNameOf, upHome, upLockFile } from '../cli/kit/repository-home.ts';
import { EntangleError } from '../core/errors.ts';
import { parseRemote } from '../core/source/remote.ts';
import { SANDBOX_KINDS, type SandboxKind } from '../core/vocabulary.ts';
import type { Seen } from '../services/user/watch.ts';
import { bringUp } from './federation.ts';
import type { FederationWanted } from './graph-file.ts';
import { ownHomesOf } from './own-homes.ts';
import { ownHostOf } from './own-host.ts';
import { openProcessLogs } from './process-logs.ts';
import { processesOf } from './processes.ts';
import { type AgentFlags, agentKey, agentNetwork, agentWish, canBeTried, requireAgent } from './up-agent.ts';
import { type Consent, confirmChange } from './up-change.ts';
import { endedBy, firstEnd, type UpEnd } from './up-end.ts';
import { requireEngine } from './up-engine.ts';
import { engineOf, NODE, readyOf, type UpReady } from './up-ready.ts';
import { findRepository, type LocalRepository } from './up-repository.ts';
import { showUp } from './up-screen.ts';
import { earlierState, saveState, type UpState } from './up-state.ts';

export type UpOptions = {
  directory: string;
  /** The default home's root, and the home that was asked for. */
  root: string;
  home: string | undefined;
  engine: string | undefined;
  agent: AgentFlags;
  sandbox: SandboxKind | undefined;
  capacity: number | undefined;
  repositoryHooks: boolean;
  consent: Consent;
  /** The terminal becomes the screen of `user watch`; logs go to files. */
  screen: boolean;
  /** How it is shown, in flags of that. */
  screenArgs: readonly string[];
  signal: AbortSignal;
  say(text: string): void;
  /** A line that one of the processes logged. */
  onLog(text: string): void;
  onReady(ready: UpReady): void;
  onSeen(seen: Seen): void;
};
const USER = 'you';
const CAPACITY = 4;

export const runUp = async (options: UpOptions): Promise<UpEnd> => {
  const repository = await findRepository(options.directory);
  const home =
    options.home === undefined
      ? upHome(options.root, repository.path)
      : resolve(options.directory, options.home);
  await systemFiles.directory(home);
  const lock = await acquireLock(upLockFile(home), 'entangle up').catch(alreadyUp);
  try {
    return await runIn(home, repository, options);
  } finally {
    await lock.release();
  }
};

const runIn = async (home: string, repository: LocalRepository, options: UpOptions): Promise<UpEnd> => {
  const before = earlierState(home, repository);
  const probe = await probeSandbox();
  const state = stateOf(options, repository, before, probe);
  await requireEngine(state.engine, repository.path);
  if (state.agent !== null) await requireAgent(state.agent);
  const key =
    state.agent && (await agentKey(state.agent, options.agent['key-file'], options.consent.noInput));
  if (state.agent && key) state.agent = { ...state.agent, hasKey: true };
  if (before === null) await saveState(home, { ...state, complete: false });
  const logs = options.screen ? openProcessLogs(home) : null;
  const onLog = (who: string, line: string) =>
    logs ? logs.add(who, line) : options.onLog(`${who}: ${line}`);
  const processes = processesOf(home, options.signal, onLog);
  await confirmChange(processes, before, state, options.consent);
  const wanted = wantedOf(state, before, probe.available, key);
  const host = ownHostOf(home, options.signal);
  const local = { processes, homes: ownHomesOf(home), host, servesUser: !options.screen };
  const federation = await bringUp(local, wanted, options.say).catch(explain);
  try {
    await saveState(home, state);
    const isNamed = options.home !== undefined;
    const ready = readyOf(home, isNamed, state, probe.detail, federation);
    if (logs)
      return await showUp({
        processes,
        servers: federation.servers,
        logs,
        ready,
        screenArgs: options.screenArgs,
        signal: options.signal,
        say: options.say,
      });
    options.onReady(ready);
    const watch = federation.servers.find((server) => server.name === 'user');
    watch?.onLine((line) => options.onSeen(line as Seen));
    const end = await firstEnd(federation.servers, options.signal);
    if (end) throw endedBy(end, null);
    return null;
  } finally {
    options.say('stopping; `entangle up` goes on where this was');
    await federation.stop();
  }
};

/** What was said now, else what was said the first time, else what is best here. */
const stateOf = (
  options: UpOptions,
  repository: LocalRepository,
  before: UpState | null,
  probe: SandboxProbe,
): UpState => {
  const sandbox = options.sandbox ?? before?.sandbox ?? (probe.available ? 'bwrap' : 'none');
  if (sandbox === 'bwrap' && !probe.available) throw noSandbox(probe.detail);
  const agent = agentWish(options.agent, before?.agent ?? null, options.engine !== undefined);
  return {
    repository: repository.path,
    base: repository.branch,
    engine: options.engine ?? (agent === null ? (before?.engine ?? null) : null),
    agent,
    sandbox,
    capacity: options.capacity ?? before?.capacity ?? CAPACITY,
    // Not remembered: each start says it again
    repositoryHooks: options.repositoryHooks,
    complete: true,
  };
};

const wantedOf = (
  state: UpState,
  before: UpState | null,
  isolates: boolean,
  key: Uint8Array | null,
): FederationWanted => ({
  graph: graphNameOf(state.repository),
  node: NODE,
  user: USER,
  remote: parseRemote(state.repository).url,
  base: state.base,
  engine: engineOf(state),
  ...(state.agent && {
    agent: { tried: canBeTried(state.agent) ? state.agent.name : null, key },
  }),
  network: {
    now: state.agent ? agentNetwork(state.agent) : [],
    before: before?.agent ? agentNetwork(before.agent) : [],
  },
  sandbox: state.sandbox,
  offers: isolates ? SANDBOX_KINDS : ['none'],
  capacity: state.capacity,
  repositoryHooks: state.repositoryHooks,
  changed: before !== null && JSON.stringify(before) !== JSON.stringify(state),
});

/** A second one is no mistake of the first: whoever typed it wants to use what runs. */
const alreadyUp = (error: unknown): never => {
  if (!(error instanceof EntangleError) || error.code !== 'conflict') throw error;
  throw new EntangleError('conflict', `it runs here already: ${error.message}`, {
    hint: 'use it from this terminal: `entangle user watch`, or `entangle ask "…"`',
    cause: error,
  });
};

const explain = (error: unknown): never => {
  if (error instanceof EntangleError && error.message.startsWith('the relay cannot listen on'))
    throw new EntangleError('unavailable', `${error.message}: the address is in use`, {
      hint: 'stop the process that listens there: the relay of this federation cannot move to another address',
      cause: error,
    });
  throw error;
};
