/** The composition root of long-running processes: joins adapters to services, one function a process. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { serveApi } from '../adapters/api-server.ts';
import { systemClock } from '../adapters/clock.ts';
import { createExecEngine } from '../adapters/engines/exec.ts';
import { systemFiles } from '../adapters/files.ts';
import { createGit } from '../adapters/git.ts';
import { acquireLock } from '../adapters/lock.ts';
import { systemRandom } from '../adapters/random.ts';
import { serveRelay } from '../adapters/relay-server.ts';
import { suiteWasm } from '../adapters/suite-wasm.ts';
import { verifyEvent } from '../core/event.ts';
import type { LogLevel } from '../core/vocabulary.ts';
import type { RunnerConfig } from '../services/config.ts';
import { hostConfig, runnerConfig, userConfig } from '../services/config.ts';
import { hostApi } from '../services/host/api.ts';
import { startHost } from '../services/host/serve.ts';
import type { RunningRunner } from '../services/runner/serve.ts';
import { startRunner } from '../services/runner/serve.ts';
import type { User } from '../services/user/user.ts';
import { startUser } from '../services/user/user.ts';
import type { Home as Paths } from './config.ts';
import { openHome, requireConfig } from './homes.ts';
import type { KeyOptions } from './key-stores.ts';
import { keyStore } from './key-stores.ts';

export type WireOptions = KeyOptions & { log: (level: LogLevel, text: string) => void };
export type Serving = { lines: string[]; ended: Promise<Error | null>; close(): Promise<void> };
const never = new Promise<null>(() => {});

export const hostSocket = (paths: Paths): string => join(paths.host, 'api.sock');

export const wireHost = async (paths: Paths, options: WireOptions): Promise<Serving> => {
  const config = await requireConfig(paths.host, hostConfig, 'create a Host first: `entangle host init`');
  const opened = await openHome(paths.host, config, {
    ...options,
    mode: 'exclusive',
    owner: 'entangle host serve',
  });
  try {
    const running = await startHost({
      home: opened.home,
      bootstrap: config.bootstrap,
      relays: config.relays,
      leaseMs: config.leaseMs,
      members: config.members,
      recovery: config.recovery,
    });
    const api = await serveApi(
      { socket: hostSocket(paths), onBug: (error) => options.log('error', `API: ${error}`) },
      hostApi(running.host),
    );
    return {
      lines: [
        `Host of ${config.graph.split('/')[1]}, epoch ${opened.home.epoch?.n}`,
        `API at ${api.address}`,
      ],
      ended: running.ended,
      async close() {
        await api.close();
        await running.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
};

type RunnerServing = Serving & { running: RunningRunner; config: RunnerConfig };
export const wireRunner = async (
  paths: Paths,
  name: string,
  options: WireOptions,
): Promise<RunnerServing> => {
  const directory = paths.runner(name);
  const config = await requireConfig(
    directory,
    runnerConfig,
    'join a federation first: `entangle runner join INVITE`',
  );
  const opened = await openHome(directory, config, {
    ...options,
    mode: 'exclusive',
    owner: `entangle runner serve (${name})`,
  });
  const running = await startRunner({
    home: opened.home,
    keys: keyStore(config.keys, directory, options),
    git: createGit(),
    engines: { exec: createExecEngine({ path: process.env.PATH ?? '/usr/bin:/bin' }), acp: null },
    files: systemFiles,
    directory,
    version: '0.1.0',
    platform: `${process.platform}-${process.arch}`,
    labels: config.labels,
    sandbox: config.sandbox,
    capacity: config.capacity,
    protocols: config.protocols,
    hidden: [paths.root, join(directory, 'keys')],
    invite: config.invite,
    freshDirectory: async (path) => {
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { recursive: true, mode: 0o700 });
    },
    removeDirectory: (path) => rm(path, { recursive: true, force: true }),
  });
  return {
    lines: [`runner ${config.name}, capacity ${config.capacity}, sandbox ${config.sandbox.join(', ')}`],
    ended: never,
    running,
    config,
    async close() {
      await running.close();
      await opened.close();
    },
  };
};

export type UserSession = User & {
  /** A relay gave all it has; else what is known here may be old. */
  synced: boolean;
  digest(): string;
};
/** Opens a user's home beside whatever else runs there, and syncs for at most the given time. */
export const wireUser = async (
  paths: Paths,
  name: string,
  options: WireOptions & { syncMs: number },
): Promise<UserSession> => {
  const directory = paths.user(name);
  const config = await requireConfig(
    directory,
    userConfig,
    'join a federation first: `entangle user join INVITE`',
  );
  const opened = await openHome(directory, config, { ...options, mode: 'shared', owner: 'entangle user' });
  const user = await startUser({ home: opened.home, invite: config.invite });
  const synced = options.syncMs > 0 && (await user.exchange.synced(options.syncMs));
  return {
    ...user,
    synced,
    digest: () => opened.projection.digest(),
    async close() {
      await user.close();
      await opened.close();
    },
  };
};

export type RelayWanted = { host: string; port: number; owner?: string; url?: string };
export const wireRelay = async (paths: Paths, wanted: RelayWanted): Promise<Serving & { url: string }> => {
  await systemFiles.directory(paths.relay);
  const lock = await acquireLock(join(paths.relay, 'lock'), 'entangle relay serve');
  try {
    let end: (error: Error) => void = () => {};
    const ended = new Promise<Error>((resolve) => {
      end = resolve;
    });
    const server = await serveRelay({
      ...wanted,
      onFatal: (error) => end(error),
      directory: paths.relay,
      clock: systemClock,
      random: systemRandom,
      verify: (event) => verifyEvent(suiteWasm, event),
    });
    return {
      lines: [`relay at ${server.url}`],
      url: server.url,
      ended,
      async close() {
        await server.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
};
