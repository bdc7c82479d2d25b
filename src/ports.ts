/** Every outside effect of entangle. Adapters implement these; `cli/wire.ts` is the only place that joins them. */
import type { ChangedFile } from './core/changes.ts';
import type { RandomBytes } from './core/crypto/suite.ts';
import type { EventTemplate, SignedEvent } from './core/event.ts';
import type { EngineSpec } from './core/graph/engines.ts';
import type { Credential } from './core/host-api/credential.ts';
import type { Entry, Line } from './core/ledger/line.ts';
import type { ROWS } from './core/projection/rows.ts';
import type { Schema, TablesOf } from './core/projection/tables.ts';
import type {
  Decision,
  EngineType,
  HttpMethod,
  KeyStoreKind,
  LedgerMode,
  Operation,
  Pushed,
  RelayState,
  RemoteScheme,
  SandboxKind,
  TurnStatus,
} from './core/vocabulary.ts';

export type { Change, ChangedFile } from './core/changes.ts';

export interface Clock {
  /** Unix milliseconds: for stamps that people read; no permission rests on it. */
  now(): number;
  /** Milliseconds that never jump: leases, expiries, retries. */
  monotonic(): number;
  /** Resolves after ms, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Random = { readonly bytes: RandomBytes };

/** Secret keys of signing identities, by name ("host", "recovery", "node-<assignment>"). 32 bytes each. */
export interface KeyStore {
  readonly kind: KeyStoreKind;
  /** Refuses (conflict) a name that exists; reads back what it wrote before it returns. */
  create(name: string, secretKey: Uint8Array): Promise<void>;
  /** not_found where there is none; invalid for a wrong passphrase or a damaged file. */
  read(name: string): Promise<Uint8Array>;
  remove(name: string): Promise<void>;
  list(): Promise<string[]>;
}

/** Append-only, chained, durable (DESIGN §7). */
export interface Ledger {
  /**
   * Appends what `build` returns. `build` runs synchronously, when every earlier line (this process's and, in a
   * shared home, others') has been given to the follower; its lines are given to the follower before the next
   * `build`. Resolves when they are on disk (fdatasync). Rejects, and refuses everything after, when that failed.
   */
  append(build: () => Entry[]): Promise<Line[]>;
  /** In a shared home: gives the follower what other processes appended. */
  catchUp(): Promise<void>;
  /** Lines from n on, in order. */
  read(from: number): AsyncIterable<Line>;
  readonly head: { n: number; chain: string };
  close(): Promise<void>;
}
export type LedgerOptions = {
  directory: string;
  /** exclusive: this process is the only writer until it closes; shared: a short lock for each append. */
  mode: LedgerMode;
  /** Called for each line with n > `from`, in order: on opening, on append, on catching up. */
  follow: (line: Line) => void;
  from: number;
};

/** The projection file. Its tables are in memory; `save` writes them whole and atomically. */
export interface Projection<S extends Schema = typeof ROWS> {
  readonly tables: TablesOf<S>;
  /** Number of the last ledger line folded into the file that was loaded, 0 for a new one. */
  readonly folded: number;
  /** Runs in one transaction. */
  fold(n: number, change: () => void): void;
  save(): Promise<void>;
  /** sha256 (hex) of the ordered dump of all tables without arrival columns. */
  digest(): string;
  close(): void;
}

/** Content-addressed bytes, at most 1 MiB each, durable when `put` resolves. */
export interface Blobs {
  put(bytes: Uint8Array): Promise<string>;
  /** Checks the digest again on reading; undefined where there is none. */
  get(sha256: string): Promise<Uint8Array | undefined>;
  has(sha256: string): Promise<boolean>;
}

/** A key that reads its wraps from relays: authenticates (NIP-42) where a relay asks. */
export type RelayIdentity = { pubkey: string; sign(template: EventTemplate): SignedEvent };
export type RelayOptions = {
  urls: readonly string[];
  identities: readonly RelayIdentity[];
  /** Unix seconds when this key's wraps were last read to the end at this relay; null: never, so all are read. */
  lastSync: (url: string, pubkey: string) => number | null;
  /** Everything stored for these keys was given to `onWrap`; the live subscription began at that Unix second. */
  onSync?: (url: string, pubkeys: readonly string[], startedAt: number) => void;
  /** The event's own JSON text as received, nothing checked but the size. The socket is not read while this is pending. */
  onWrap: (text: string, url: string) => void | Promise<void>;
  onState?: (status: RelayStatus) => void;
};
export type RelayStatus = {
  url: string;
  state: RelayState;
  detail?: string;
};
/** stored: the relay said OK true (or duplicate); refused: OK false, with its words; unknown: no answer in time or no connection. */
export type PublishOutcome = { url: string; result: 'stored' | 'refused' | 'unknown'; detail?: string };
export interface RelaySession {
  setIdentities(identities: readonly RelayIdentity[]): void;
  publish(event: SignedEvent): Promise<PublishOutcome[]>;
  /** True when at least one relay was paged back completely within the time; false otherwise. */
  synced(timeoutMs: number): Promise<boolean>;
  status(): RelayStatus[];
  close(): Promise<void>;
}
export type ConnectRelays = (options: RelayOptions) => RelaySession;

/** Small files of a home: 0600 files in 0700 directories, written atomically (temp, fsync, rename, fsync directory). */
export interface Files {
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  /** Fails with conflict if it exists (O_EXCL | O_NOFOLLOW). */
  create(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
  /** Makes the directory 0700; refuses one that is a symlink, foreign or group/world-writable. */
  directory(path: string): Promise<void>;
}

/** Kernel lock that dies with its owner. Throws conflict, naming the owner, when another process holds it. */
export type AcquireLock = (path: string, owner: string) => Promise<{ release(): Promise<void> }>;

export type Principal = { name: string; email: string; sshKeyFile?: string; tokenFile?: string };
export type Repository = {
  /** Remote URL without credentials. */
  url: string;
  /** Bare store owned by this runner. */
  store: string;
  principal: Principal;
  /** Schemes the person allowed: https and ssh, and file for a local remote named by its owner. */
  protocols: readonly RemoteScheme[];
};
export interface Git {
  /** Makes the bare store or fetches all branch heads of the remote into it. unavailable when the remote cannot be reached. */
  fetch(repository: Repository): Promise<void>;
  /** Commit id of a remote branch right now, or null where there is none. */
  remoteHead(repository: Repository, branch: string): Promise<string | null>;
  /** Commit id a fetched branch or id stands for in the store, or null. */
  resolve(repository: Repository, name: string): Promise<string | null>;
  /** Writes the files of a commit into an empty directory, with no `.git` in it. */
  checkout(repository: Repository, commit: string, directory: string): Promise<void>;
  /** Commits the directory's files on top of parent into the store; null when nothing changed. */
  commit(
    repository: Repository,
    directory: string,
    options: { parent: string; message: string; at: number },
  ): Promise<string | null>;
  /** Changed files with both contents, sorted by path (bytewise). */
  changes(repository: Repository, from: string, to: string): Promise<ChangedFile[]>;
  /** Pushes exactly that commit id; lease on the expected head (null: the branch must not exist). denied when the remote says no. */
  push(
    repository: Repository,
    options: { commit: string; branch: string; expected: string | null },
  ): Promise<Pushed>;
}

export type EngineLimits = { timeMs: number; outputBytes: number; memoryBytes: number };
/** What an engine is given for one turn; `spec` is what the graph says of it. */
export type Turn<S extends EngineSpec = EngineSpec> = {
  spec: S;
  task: string;
  /** Private directory of this turn: the task file is put there, HOME and TMPDIR of the engine are below it. */
  scratch: string;
  workspace: string;
  sandbox: SandboxKind;
  /** Paths that the engine must not see. */
  hidden: readonly string[];
  network: boolean;
  limits: EngineLimits;
};
/** What an engine tells of a turn; a kind of event is here when an engine emits it. */
export type EngineEvent =
  /** What it printed, as it came. */
  { is: 'text'; bytes: Uint8Array } | TurnEnd;
/** The last event of a turn. */
export type TurnEnd = {
  is: 'ended';
  reason: TurnStatus;
  exitCode: number | null;
  /** Last part of what it printed, at most 8 KiB, as it came (sanitize before showing). */
  tail: string;
};
/** What an engine wants to do and asks about first, and the words to show for it. */
export type PermissionRequest = { operation: Operation; shown: string };
export type Permission = { decision: Decision; reason: string };
/** The runner's side of one turn: all that an engine can say or ask goes through it. */
export interface TurnSession {
  ask(request: PermissionRequest): Promise<Permission>;
  /** A structured request in one line, answered by one line. What an engine prints is never a directive. */
  directive(line: string): Promise<string>;
  trace(event: Exclude<EngineEvent, TurnEnd>): void;
}
export interface Engine<S extends EngineSpec = EngineSpec> {
  /** Runs one turn and resolves with its last event, when nothing of it runs any more. */
  run(turn: Turn<S>, session: TurnSession, signal: AbortSignal): Promise<TurnEnd>;
  /** Ends what an earlier attempt of the turn with this scratch directory left running when its runner was killed. */
  recover(scratch: string): Promise<void>;
}
/** The adapter of each engine of the graph; null where this program cannot run it yet. */
export type Engines = { readonly [T in EngineType]: Engine<EngineSpec<T>> | null };

/** Host API requests and answers; bodies are JSON values. */
export type ApiRequest = {
  method: HttpMethod;
  /** Path without query, e.g. "/v1/runners". */
  path: string;
  query: ReadonlyMap<string, string>;
  body: unknown;
  /** As given, not verified; null where there is none. */
  credential: Credential | null;
};
export type ApiResponse = { status: number; body: unknown };
export type ApiHandler = (request: ApiRequest) => Promise<ApiResponse>;
export interface ApiServer {
  /** Address people can use: "unix:/path" or "http://127.0.0.1:port". */
  readonly address: string;
  close(): Promise<void>;
}
/** Serves on a 0600 UNIX socket. Limits, timeouts, JSON content type, no Origin: all before the handler. */
export type ServeApi = (options: { socket: string }, handler: ApiHandler) => Promise<ApiServer>;
/** unavailable when nobody listens. */
export type CallApi = (
  socket: string,
  request: { method: HttpMethod; path: string; body?: unknown; credential: Credential | null },
) => Promise<ApiResponse>;

/** Questions to a person at a terminal. */
export interface Prompt {
  readonly interactive: boolean;
  confirm(question: string): Promise<boolean>;
  secret(question: string): Promise<string>;
}
