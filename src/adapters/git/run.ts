/**
 * The one place that starts git: simple-git with an environment from empty, fixed flags, bounded time and output.
 * Callers pass operands that strict parsers have checked; nothing here reads a configuration that an agent can write.
 */
import { simpleGit } from 'simple-git';
import { EntangleError } from '../../core/errors.ts';
import { findProgram, searchPath } from '../system/child-process.ts';
import { gitFailed } from './failure.ts';

/** Every verb that entangle uses; anything else does not compile. */
export type Verb =
  | 'add'
  | 'bundle'
  | 'cat-file'
  | 'check-attr'
  | 'check-ignore'
  | 'checkout-index'
  | 'commit-tree'
  | 'config'
  | 'fast-import'
  | 'fetch'
  | 'hash-object'
  | 'index-pack'
  | 'init'
  | 'ls-remote'
  | 'ls-tree'
  | 'merge-base'
  | 'merge-tree'
  | 'pack-objects'
  | 'prune'
  | 'push'
  | 'read-tree'
  | 'repack'
  | 'rev-list'
  | 'rev-parse'
  | 'show-ref'
  | 'symbolic-ref'
  | 'unpack-file'
  | 'update-index'
  | 'update-ref'
  | 'worktree'
  | 'write-tree';

/** Of every fetch: only what is asked for by name, and nothing beside it is written or started. */
export const FETCH_ARGS: readonly string[] = [
  ...['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'],
  ...['--no-auto-maintenance', '--force'],
];

export type GitCall = {
  /** Bare store (GIT_DIR) that only entangle writes; null: the repository that a person has at `cwd`. */
  store: string | null;
  verb: Verb;
  args: readonly string[];
  cwd?: string;
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
  /** Further `-c key=value`, fixed keys only. */
  config?: readonly string[];
  timeoutMs?: number;
  /** What to throw when it takes longer than that. */
  late?: EntangleError;
  maxOutput?: number;
  /** What to throw when there is more output than that. */
  overflow?: EntangleError;
  /** Stops it, and it rejects with the reason. */
  stop?: AbortSignal;
};
/** `bytes`: the output as it came. */
export type GitResult = { code: number; stdout: string; stderr: string; bytes: Buffer };

// Command-line configuration wins over every file. The rest is in the store's own config (git-store.ts).
const CONFIG = ['core.hooksPath=/dev/null', 'core.attributesFile=/dev/null', 'core.excludesFile=/dev/null'];
CONFIG.push('core.fsmonitor=false', 'core.commitGraph=false');
CONFIG.push(
  'core.symlinks=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'safe.bareRepository=explicit',
);
CONFIG.push('http.followRedirects=false', 'submodule.recurse=false', 'fetch.recurseSubmodules=false');
CONFIG.push('gc.auto=0', 'maintenance.auto=false', 'core.quotePath=false', 'advice.detachedHead=false');

// HOME is no directory: no ~/.gitconfig, no ~/.netrc. Prompts that are not answered by our askpass fail at once.
const ENV: Readonly<Record<string, string>> = {
  HOME: '/dev/null',
  LC_ALL: 'C',
  TZ: 'UTC',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  // Else a file of the repository says which parents a commit has, and hides those between. No file that can be: over any that
  // opens, an empty one too, git prints a hint, before its own words
  GIT_GRAFT_FILE: '/dev/null/none',
  // A partial clone would otherwise run what its own configuration names as the remote's program
  GIT_NO_LAZY_FETCH: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_ASKPASS: '/bin/false',
  SSH_ASKPASS: '/bin/false',
  SSH_ASKPASS_REQUIRE: 'force',
};

// What a person may need to reach a remote at all; no credential, and nothing that names a program.
const PASSED = ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'];

const passedEnvironment = (): Record<string, string> => {
  const env: Record<string, string> = { PATH: searchPath() };
  for (const name of PASSED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
};

/** Runs one git command; a non-zero exit is a result, not an error. */
export const runGit = async (call: GitCall): Promise<GitResult> => {
  const { code, stderr, printed } = await run(call, (git) => git.raw([call.verb, ...call.args]));
  const bytes = Buffer.concat(printed);
  return { code, stdout: bytes.toString('utf8'), stderr, bytes };
};

/** `cat-file --batch` and its kin: the output as bytes, which are in memory once. */
export const catFile = async (call: Omit<GitCall, 'verb'>): Promise<Buffer> => {
  const result = await run({ ...call, verb: 'cat-file' }, (git) => git.binaryCatFile([...call.args]));
  // Pieces that lived as long as their process are collected with old memory alone: over a thousand calls they add up
  // One that is a part of a larger memory is not its own
  for (const { buffer, byteLength } of result.printed as Buffer<ArrayBuffer>[])
    if (!buffer.detached && buffer.byteLength === byteLength) buffer.transfer(0);
  if (result.code !== 0) throw gitFailed('cat-file', result);
  return result.value ?? Buffer.alloc(0);
};

/** The output of a command that must succeed. */
export const git = async (call: GitCall): Promise<string> => {
  const result = await runGit(call);
  if (result.code !== 0) throw gitFailed(call.verb, result);
  return result.stdout;
};

const run = async <T>(call: GitCall, task: (git: ReturnType<typeof simpleGit>) => PromiseLike<T>) => {
  call.stop?.throwIfAborted();
  const binary = findProgram('git');
  if (binary === null)
    throw new EntangleError('unavailable', 'git was not found', { hint: 'install git 2.39 or later' });
  const env = {
    ...ENV,
    ...passedEnvironment(),
    ...(call.store === null ? {} : { GIT_DIR: call.store }),
    ...call.env,
  };
  const stop = new AbortController();
  let halted: EntangleError | undefined;
  const halt = (why: string, error?: EntangleError) => {
    halted ??= error ?? new EntangleError('unavailable', `git ${call.verb} ${why} and was stopped`);
    stop.abort();
  };
  const timer = setTimeout(() => halt('took too long', call.late), call.timeoutMs ?? 120_000);
  call.stop?.addEventListener('abort', () => halt('was told to end', call.stop?.reason), { once: true });
  let done: { exitCode: number; stdOut: Buffer[]; stdErr: Buffer[] } | undefined;
  const instance = simpleGit({
    binary,
    baseDir: call.cwd ?? call.store ?? '.',
    config: [...CONFIG, ...(call.config ?? [])],
    allowEnvironment: Object.keys(env),
    unsafe: {
      // A path with a blank or the like; it is from PATH.
      allowUnsafeCustomBinary: true,
      allowUnsafeHooksPath: true,
      // A fixed command of ours
      allowUnsafePack: call.args.some((arg) => arg.startsWith('--receive-pack=git -c ')),
      allowUnsafeAskPass: true,
      // Set to false, which simple-git takes for a wish to use it.
      allowUnsafeFsMonitor: true,
      ...('GIT_SSH_COMMAND' in env ? { allowUnsafeSshCommand: true } : {}),
    },
    // The exit alone is not the end of the output
    completion: { onClose: true, onExit: false },
    abort: stop.signal,
    input: () => call.input,
    errors: (error, result) => {
      done = result;
      return result.exitCode === 0 ? undefined : (error ?? new Error(`exit ${result.exitCode}`));
    },
  }).env(env);
  boundOutput(instance, call.maxOutput ?? 16 * 1024 * 1024, () => halt('printed too much', call.overflow));
  let value: T | undefined;
  try {
    value = await Promise.race([task(instance), abandoned(stop.signal)]);
  } catch (cause) {
    if (halted) throw halted;
    if (!done || done.exitCode < 0)
      throw new EntangleError('unavailable', `git ${call.verb} could not be run`, { cause });
  } finally {
    clearTimeout(timer);
  }
  // It may have ended before it could be stopped: what it printed is too much all the same
  if (halted) throw halted;
  const stderr = Buffer.concat(done?.stdErr ?? []).toString('utf8');
  return { value, code: done?.exitCode ?? 0, stderr, printed: done?.stdOut ?? [] };
};

/** Rejects a while after the abort: a grandchild that holds the pipes open must not hold us. */
const abandoned = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => setTimeout(reject, 3000, new Error('abandoned')).unref());
  });

const boundOutput = (instance: ReturnType<typeof simpleGit>, limit: number, over: () => void): void => {
  instance.outputHandler((_command, stdout, stderr) => {
    let seen = 0;
    const count = (chunk: Buffer) => {
      seen += chunk.length;
      if (seen > limit) over();
    };
    stdout.on('data', count);
    stderr.on('data', count);
    // Where the pipes gave nothing, simple-git waits 50 ms after they are closed, ten times a turn: nothing is given to it
    queueMicrotask(() => stdout.emit('data', Buffer.alloc(0)));
  });
};
