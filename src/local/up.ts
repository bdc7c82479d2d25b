/** A federation of one's own for the repository one is in: brought up, shown, and stopped as one. */
import { join, resolve } from 'node:path';
import { noSandbox, probeSandbox, type SandboxProbe } from '../adapters/engines/probe.ts';
import { systemFiles } from '../adapters/system/files.ts';
import { acquireLock } from '../adapters/system/lock.ts';
import { graphNameOf, upHome } from '../cli/kit/repository-home.ts';
import { shellWord } from '../cli/kit/shell-word.ts';
import { EntangleError } from '../core/errors.ts';
import { parseRemote } from '../core/source/remote.ts';
import { SANDBOX_KINDS, type SandboxKind } from '../core/vocabulary.ts';
import type { ServingProcess } from '../ports/index.ts';
import type { Seen } from '../services/user/watch.ts';
import { DEMO_ENGINE, shellEngine } from './demo-repository.ts';
import { bringUp, type Federation } from './federation.ts';
import type { FederationWanted } from './graph-file.ts';
import { ownHostOf } from './own-host.ts';
import { processesOf } from './processes.ts';
import { type Consent, confirmChange } from './up-change.ts';
import { exampleTask, requireEngine } from './up-engine.ts';
import { findRepository, type LocalRepository } from './up-repository.ts';
import { earlierState, saveState, type UpState } from './up-state.ts';

export type UpOptions = {
  directory: string;
  /** The default home's root, and the home that was asked for. */
  root: string;
  home: string | undefined;
  engine: string | undefined;
  sandbox: SandboxKind | undefined;
  capacity: number | undefined;
  repositoryHooks: boolean;
  consent: Consent;
  signal: AbortSignal;
  say(text: string): void;
  /** A line that one of the processes logged. */
  onLog(text: string): void;
  onReady(ready: UpReady): void;
  onSeen(seen: Seen): void;
};
export type UpReady = {
  what: 'up';
  home: string;
  repository: string;
  base: string;
  engine: { command: readonly string[]; demo: boolean };
  sandbox: { kind: SandboxKind; enforced: boolean; detail: string };
  capacity: number;
  relay: string;
  federation: { host: string; runner: string; user: string; node: string };
  processes: { name: string; pid: number }[];
  /** Lines to type in another terminal. */
  next: string[];
};
const NODE = 'builder';
const USER = 'you';
const CAPACITY = 4;

export const runUp = async (options: UpOptions): Promise<void> => {
  const repository = await findRepository(options.directory);
  const home =
    options.home === undefined
      ? upHome(options.root, repository.path)
      : resolve(options.directory, options.home);
  await systemFiles.directory(home);
  const lock = await acquireLock(join(home, 'up.lock'), 'entangle up');
  try {
    await runIn(home, repository, options);
  } finally {
    await lock.release();
  }
};

const runIn = async (home: string, repository: LocalRepository, options: UpOptions): Promise<void> => {
  const before = earlierState(home, repository);
  const probe = await probeSandbox();
  const state = stateOf(options, repository, before, probe);
  await requireEngine(state.engine, repository.path);
  if (before === null) await saveState(home, { ...state, complete: false });
  const onLog = (who: string, line: string) => options.onLog(`${who}: ${line}`);
  const processes = processesOf(home, options.signal, onLog);
  await confirmChange(processes, before, state, options.consent);
  const wanted = wantedOf(state, before, probe.available);
  const host = ownHostOf(home, options.signal);
  const federation = await bringUp({ processes, host }, wanted, options.say).catch(explain);
  try {
    await saveState(home, state);
    const isNamed = options.home !== undefined;
    options.onReady(readyOf(home, isNamed, state, probe.detail, federation));
    const watch = federation.servers.find((server) => server.name === 'user');
    watch?.onLine((line) => options.onSeen(line as Seen));
    await untilEnd(federation.servers, options.signal);
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
  return {
    repository: repository.path,
    base: repository.branch,
    engine: options.engine ?? before?.engine ?? null,
    sandbox,
    capacity: options.capacity ?? before?.capacity ?? CAPACITY,
    // Not remembered: each start says it again
    repositoryHooks: options.repositoryHooks,
    complete: true,
  };
};

const commandOf = (state: UpState): string[] => shellEngine(state.engine ?? DEMO_ENGINE);

const wantedOf = (state: UpState, before: UpState | null, isolates: boolean): FederationWanted => ({
  graph: graphNameOf(state.repository),
  node: NODE,
  user: USER,
  remote: parseRemote(state.repository).url,
  base: state.base,
  command: commandOf(state),
  sandbox: state.sandbox,
  offers: isolates ? SANDBOX_KINDS : ['none'],
  capacity: state.capacity,
  repositoryHooks: state.repositoryHooks,
  changed: before !== null && JSON.stringify(before) !== JSON.stringify(state),
});

const explain = (error: unknown): never => {
  if (error instanceof EntangleError && error.message.startsWith('the relay cannot listen on'))
    throw new EntangleError('unavailable', `${error.message}: the address is in use`, {
      hint: 'stop the process that listens there: the relay of this federation cannot move to another address',
      cause: error,
    });
  throw error;
};

/** A home that was named is not found from the repository. */
const readyOf = (
  home: string,
  isNamed: boolean,
  state: UpState,
  detail: string,
  federation: Federation,
): UpReady => {
  const { relay, host, runner, user, node, servers } = federation;
  return {
    what: 'up',
    home,
    repository: state.repository,
    base: state.base,
    engine: { command: commandOf(state), demo: state.engine === null },
    sandbox: { kind: state.sandbox, enforced: state.sandbox === 'bwrap', detail },
    capacity: state.capacity,
    relay,
    federation: { host, runner, user, node },
    processes: servers.map(({ name, pid }) => ({ name, pid })),
    next: [
      ...(isNamed ? [`export ENTANGLE_HOME=${shellWord(home)}`] : []),
      `entangle user ask ${NODE} ${exampleTask(state.engine)}`,
      'entangle user inbox',
      'entangle user watch',
    ],
  };
};

/** Resolves when it is told to stop; a process that ends before that takes all with it. */
const untilEnd = async (servers: readonly ServingProcess[], signal: AbortSignal): Promise<void> => {
  const stopped = new Promise<null>((done) => {
    if (signal.aborted) done(null);
    signal.addEventListener('abort', () => done(null), { once: true });
  });
  const ends = servers.map(async (server) => ({ server, code: await server.ended }));
  const end = await Promise.race([stopped, ...ends]);
  if (end === null || signal.aborted) return;
  const how = end.code === null ? 'was killed' : `ended with exit code ${end.code}`;
  throw new EntangleError('unavailable', `the ${end.server.name} process (${end.server.pid}) ${how}`, {
    hint: 'run `entangle up` to start everything again; the other processes were stopped',
  });
};
