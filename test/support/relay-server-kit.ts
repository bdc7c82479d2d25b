/** The embedded relay under test: a new one, in a new directory, for each test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import {
  type RelayServer,
  type RelayServerOptions,
  serveRelay,
} from '../../src/adapters/relay-server/server.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { type Keys, type RawClient, rawClient, verify } from './relay-kit.ts';

export type RelayUnderTest = {
  readonly server: RelayServer;
  readonly directory: string;
  serve(over?: Partial<RelayServerOptions>): Promise<RelayServer>;
  /** Closes it and serves again from the same directory. */
  restart(over?: Partial<RelayServerOptions>): Promise<void>;
  connect(): Promise<RawClient>;
  connectAs(...keys: Keys[]): Promise<RawClient>;
};

export function relayUnderTest(options: Partial<RelayServerOptions> = {}): RelayUnderTest {
  let directory = '';
  let server: RelayServer;
  let clients: RawClient[] = [];
  const serve = (over: Partial<RelayServerOptions> = {}) =>
    serveRelay({
      host: '127.0.0.1',
      port: 0,
      directory,
      clock: systemClock,
      random: systemRandom,
      verify,
      suite: suiteWasm,
      ...options,
      ...over,
    });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'entangle-relay-'));
    server = await serve();
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    clients = [];
    await server.close();
    await rm(directory, { recursive: true });
  });
  const connect = async (): Promise<RawClient> => {
    const client = await rawClient(server.url);
    clients.push(client);
    return client;
  };
  return {
    get server() {
      return server;
    },
    get directory() {
      return directory;
    },
    serve,
    restart: async (over) => {
      await server.close();
      server = await serve(over);
    },
    connect,
    connectAs: async (...keys) => {
      const client = await connect();
      for (const each of keys) expect((await client.authenticate(each))[2]).toBe(true);
      return client;
    },
  };
}
