/** The running runner: its home, its nodes, its turns. */

import type { ProbeRecord } from '../../core/acp/probe-record.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { nodeOf } from '../../core/graph/file/normal.ts';
import { fileSchema } from '../../core/graph/file/schema.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { PrincipalCredential } from '../../core/source/principal.ts';
import type { LeaveMode, RemoteScheme, SandboxKind } from '../../core/vocabulary.ts';
import type { Engines, Files, Git, KeyStore, WithFiles } from '../../ports/index.ts';
import type { Exchange } from '../messaging/exchange.ts';
import type { Home } from '../messaging/home.ts';
import { readBody } from '../messaging/read-event.ts';
import type { InLine } from './in-line.ts';
import type { Retries } from './retries.ts';
import type { StoreGate } from './store-gate.ts';
import type { TurnPool } from './turn-pool.ts';
import type { TurnRoom } from './turn-room.ts';

export type Disk = {
  bytes: number;
  entries: number;
  used(): Promise<{ bytes: number; entries: number; free: number }>;
};

/** What it takes up while it serves. */
export type LiveSettings = Pick<
  RunnerOptions,
  'labels' | 'capacity' | 'memory' | 'protocols' | 'repositoryHooks'
>;
export type RunnerOptions = {
  home: Home;
  keys: KeyStore;
  git: Git;
  engines: Engines;
  files: Files;
  /** Directory of this runner's home: stores lie below it. */
  directory: string;
  /** Where turns of so isolated engines lie: who runs them must reach it. */
  turnsDirectory(sandbox: SandboxKind): string;
  version: string;
  platform: string;
  labels: Record<string, string>;
  sandbox: SandboxKind[];
  capacity: number;
  /** That agents of its turns may take together, in MiB; left out: nobody knows. */
  memory?: number | undefined;
  /** What it shares with the other runners of its process. */
  room: TurnRoom;
  /** What all that it keeps may take of a disk; what that takes now, and what is free for it. */
  disk: Disk;
  protocols: readonly RemoteScheme[];
  /** Whether a push to a repository of this machine runs its hooks. */
  repositoryHooks: boolean;
  /** Paths that no engine may see. */
  hidden: readonly string[];
  /** What was seen of agents that are still as they were tried. */
  probes(): Promise<readonly ProbeRecord[]>;
  invite: { id: string; hmac: string } | null;
  /** Places of what agents keep between turns, as a process before this one left them. */
  keptPlaces: readonly string[];
  /** Other directories of turns that it left. */
  leftPlaces: readonly string[];
  /** Stores of repositories that are there. */
  stores(): Promise<readonly string[]>;
  /** Takes what changes, for who reads its terminal. */
  tell?: Home['log'] | undefined;
  /** Settings that were changed since it was asked last; null where none were. */
  newSettings(): Promise<LiveSettings | null>;
  /** Whether somebody wants it to leave its federation, and how. */
  wantsToLeave(): Promise<LeaveMode | null>;
  /** Makes a directory, or empties it. */
  freshDirectory(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  /** For git, in a place where no engine looks. */
  withFiles: WithFiles;
  /** A regular file below a directory that an engine writes: no link is followed, and what is larger is refused. */
  readBelow(directory: string, path: string, most: number): Promise<Uint8Array>;
};
export type Runner = RunnerOptions & {
  /** Whether and how it leaves its federation. */
  leaving: LeaveMode | null;
  /** Assignments that it gives back: their nodes act no more. */
  letGo: Set<string>;
  exchange: Exchange;
  poke(): void;
  turns: TurnPool;
  retries: Retries;
  /** What puts evidence beside commits: it holds no place of a turn. */
  attaching: TurnPool;
  /** What looks at all files of a turn waits here. */
  inLine: InLine;
  /** Who uses which store now. */
  gate: StoreGate;
  /** Attempts whose turn ran when the process before this one ended. */
  cutOff: Set<string>;
  /** Places of what agents keep for the next turns of their sessions. */
  keptAgents: Set<string>;
  /** What the principal of a session logs in with, while its turn runs. */
  credentials: Map<string, PrincipalCredential>;
  /** Aborted when it stops: nothing is waited for then. */
  closing: AbortSignal;
  /** Workspaces that a process before this one left. */
  leftTurns: Set<string>;
  /** By session: of what the log says that the rest of it is late. */
  late: Map<string, Set<string>>;
  /** When its disk was seen to have ample room last, by the monotonic clock: all that lies there is not counted for each turn. */
  ampleAt: number;
  /** Sessions whose turn did not begin for want of memory. */
  lacking: Set<string>;
  /** By session: the names that its request came through, where that was looked at. */
  paths: Map<string, { request: string | null; path: readonly string[] }>;
  /** Nodes as their offers describe them, by offer: an offer never changes. */
  specs: Map<string, AgentNode>;
};

/** The node as the body of its offer describes it; null where this version does not understand it. */
export const offeredNode = ({ node: name, spec }: BodyOf<'assignment.offer'>): AgentNode | null => {
  const file = readShape(fileSchema(), { graph: 'offer', nodes: { [name]: JSON.parse(spec) } });
  const node = file.success ? nodeOf(file.data.nodes[name]!) : null;
  return node?.kind === 'agent' ? node : null;
};

/** The node as the offer describes it. */
export const specOf = async (runner: Runner, offer: string): Promise<AgentNode | null> => {
  const known = runner.specs.get(offer);
  if (known) return known;
  const body = await readBody<BodyOf<'assignment.offer'>>(runner.home, offer.split(':')[1] ?? '');
  if (!body) return null;
  const node = offeredNode(body);
  if (node === null) return null;
  runner.specs.set(offer, node);
  return node;
};

export const specOfSession = async (
  runner: Runner,
  session: RowOf<'sessions'>,
): Promise<{ spec: AgentNode; assignment: RowOf<'assignments'> } | null> => {
  const assignment = runner.home.tables.list('assignments', { pubkey: session.node })[0];
  const spec = assignment && (await specOf(runner, assignment.offer));
  return spec ? { spec, assignment: assignment! } : null;
};

/** Of an attempt. */
export const lastTurnOf = (
  { home }: Pick<Runner, 'home'>,
  { id, attempt }: Pick<RowOf<'sessions'>, 'id' | 'attempt'>,
): RowOf<'turns'> | undefined => home.tables.list('turns', { session: id, attempt }).at(-1);

/** What stands in `cutOff`. */
export const attemptOf = ({ id, attempt }: Pick<RowOf<'sessions'>, 'id' | 'attempt'>): string =>
  `${id} ${attempt}`;
