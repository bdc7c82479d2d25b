import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { serveRelay } from '../../adapters/relay-server/server.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { verifyEvent } from '../../core/nostr/event.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import type { Serving } from './serving.ts';

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
      suite: suiteWasm,
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
