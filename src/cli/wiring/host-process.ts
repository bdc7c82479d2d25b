import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { serveApi } from '../../adapters/host-api/server.ts';
import { checkTcp, serveApiOverTcp, type TcpOptions } from '../../adapters/host-api/tcp.ts';
import { jsonGetter } from '../../adapters/identity/get-json.ts';
import { publishedKeys } from '../../adapters/identity/issuer-keys.ts';
import { identityVerifier } from '../../adapters/identity/verify.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { keepPlace } from '../../adapters/system/home-place.ts';
import { measuring } from '../../adapters/system/measures.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { openUsedOnce } from '../../adapters/system/used-once.ts';
import { tokenDigest } from '../../core/host-api/token.ts';
import type { UsedOnce } from '../../ports/index.ts';
import { hostApi } from '../../services/host/api.ts';
import { logKeyOf } from '../../services/host/log-key.ts';
import { startHost } from '../../services/host/serve.ts';
import { hostConfig } from '../../services/setup/config.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { requireConfig } from './home-config.ts';
import { hostSocket } from './host-socket.ts';
import { NO_HOST } from './missing-home.ts';
import { openHome } from './open-home.ts';
import { operatorVariable } from './operator-variable.ts';
import { pruneAtStart, recordPruning } from './prune-ledger.ts';
import type { Serving, WireOptions } from './serving.ts';
import { requireInPlace } from './take-over.ts';

export type TcpListening = Pick<TcpOptions, 'hostname' | 'port' | 'tls'>;

export const wireHost = async (
  paths: Paths,
  options: WireOptions & { tcp: TcpListening | null; takeOver: boolean },
): Promise<Serving> => {
  if (options.tcp) checkTcp(options.tcp);
  const given = operatorVariable();
  const config = await requireConfig(paths.host, hostConfig, NO_HOST);
  await pruneAtStart(paths.host, config, options.log);
  const opened = await openHome(paths.host, config, {
    ...options,
    mode: 'exclusive',
    owner: 'entangle host serve',
  });
  const measures = measuring(join(paths.host, 'ledger'), opened.projection);
  let signedRequests: UsedOnce | undefined;
  try {
    if (!options.takeOver) await requireInPlace(paths.host);
    await recordPruning(paths.host, config, opened.home);
    signedRequests = await openUsedOnce(join(paths.host, 'signed-requests'), systemClock);
    const running = await startHost({
      signedRequests,
      measure: measures.measure,
      home: opened.home,
      tell: options.tell,
      bootstrap: config.bootstrap,
      environment: given === undefined ? null : tokenDigest(suiteWasm, given),
      relays: config.relays,
      leaseMs: config.leaseMs,
      members: config.members,
      recovery: config.recovery,
      takeOver: options.takeOver,
      verifyIdentity: identityVerifier(
        publishedKeys(jsonGetter(), systemClock, (words) => options.log('warning', words)),
      ),
      logKey: await logKeyOf(opened.home, opened.keys, systemRandom),
    });
    await keepPlace(paths.host);
    const handler = hostApi(running.host);
    const onBug = (error: unknown) => options.log('error', `API: ${error}`);
    const onRefused = (status: number) => running.host.requests.count(null, status);
    const told = { onBug, onRefused };
    const apis = [await serveApi({ socket: hostSocket(paths), ...told }, handler)];
    if (options.tcp) apis.push(await serveApiOverTcp({ ...options.tcp, ...told }, handler));
    return {
      lines: [
        `Host of ${config.graph.split('/')[1]}, epoch ${opened.home.epoch?.n}`,
        ...apis.map(({ address }) => `API at ${address}`),
      ],
      ended: running.ended,
      async close() {
        await Promise.all(apis.map((api) => api.close()));
        await running.close();
        await signedRequests?.close();
        measures.close();
        await opened.close();
      },
    };
  } catch (error) {
    await signedRequests?.close();
    measures.close();
    await opened.close();
    throw error;
  }
};
