/** A whole federation on one machine: relay, Host, runner and User Node, each a process of its own. */

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemFiles } from '../adapters/system/files.ts';
import { OWN_NAME } from '../cli/kit/repository-home.ts';
import { requireConfig, withConfigLock, writeConfig } from '../cli/wiring/home-config.ts';
import { npub } from '../core/encoding/id.ts';
import { yamlText } from '../core/encoding/yaml.ts';
import { EntangleError } from '../core/errors.ts';
import { takenOffText } from '../core/graph/change/placement.ts';
import type { RunnerView } from '../core/host-api/shapes.ts';
import type { Processes, ServingProcess } from '../ports/index.ts';
import { hostConfig, runnerConfig } from '../services/setup/config.ts';
import { type FederationWanted, GRAPH_FILE, graphOf, policyOf } from './graph-file.ts';
import type { OwnHomes } from './own-homes.ts';
import { isEnded, type OwnHost } from './own-host.ts';
import { MODEL_KEY } from './up-agent.ts';
import { probeOnce } from './up-probe.ts';

export type Federation = {
  servers: ServingProcess[];
  relay: string;
  host: string;
  runner: string;
  user: string;
  node: string;
  stop(): Promise<void>;
};
const RUNNER = 'local';

/** What a participant signs, its own process signs; homes are made here, and an operator has no key. */
type Local = {
  processes: Processes;
  homes: OwnHomes;
  host: OwnHost;
  /** Whether the person's node is served here; else who brings this up is at it. */
  servesUser: boolean;
};

/** Brings up what is set up, and sets up what is not: the second time it goes on where it was. */
export const bringUp = async (
  local: Local,
  wanted: FederationWanted,
  say: (text: string) => void,
): Promise<Federation> => {
  const { processes } = local;
  // Where the person's node is served it says what happens, and the others what goes wrong
  const quiet = local.servesUser ? ['--quiet'] : [];
  const servers: ServingProcess[] = [];
  const stop = async () => {
    for (const server of [...servers].reverse()) await server.stop();
  };
  try {
    const host = await makeHost(local, wanted);
    const relayArgs = ['relay', 'serve', '--port', String(new URL(host.relay).port), '--owner', host.npub];
    servers.push(await processes.serve('relay', relayArgs));
    say(`relay    ${host.relay}`);
    servers.push(await processes.serve('host', ['host', 'serve', ...quiet]));
    say(`host     ${host.npub}`);
    if (wanted.agent?.key) await local.host.setSecret(MODEL_KEY, wanted.agent.key);
    if (wanted.changed) await changeNode(local, wanted);
    const known = await makeRunner(local, wanted);
    // For minutes on a busy machine: an invite that was made before might not be good any more
    await probeOnce(processes, wanted, say);
    const { runner, words } = await bindRunner(local, known);
    const { user, invite } = await makeUser(local, wanted);
    // Beside each other: to start is most of what they do
    const starting = [
      processes.serve('runner', ['runner', 'serve', '--runner', OWN_NAME, ...quiet]),
      local.servesUser ? processes.serve('user', ['user', 'watch']) : joinUser(processes, invite),
    ];
    for (const started of await Promise.allSettled(starting))
      if (started.status === 'fulfilled' && started.value) servers.push(started.value);
    await Promise.all(starting);
    if (words !== null) await local.host.trust(RUNNER, words);
    say(`runner   ${runner}`);
    say(`user     ${user}`);
    const node = await local.host.assign(wanted.node, RUNNER);
    say(
      node
        ? `node     ${node} (${wanted.node}, sandbox ${wanted.sandbox})`
        : `node     ${takenOffText(wanted.node)}`,
    );
    return { servers, relay: host.relay, host: host.npub, runner, user, node: node ?? '', stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const makeHost = async (
  { processes, homes }: Local,
  wanted: FederationWanted,
): Promise<{ npub: string; relay: string }> => {
  const directory = join(processes.home, 'host', OWN_NAME);
  if (existsSync(join(directory, 'config.yaml'))) {
    const { graph, relays } = await requireConfig(directory, hostConfig, 'run `entangle up` again');
    return { npub: npub(graph.split('/')[0]!), relay: relays[0]! };
  }
  const relay = `ws://127.0.0.1:${await freePort()}`;
  return { npub: await homes.makeHost(wanted.graph, relay), relay };
};

/** As the Host knows it; where it does not, or not with the key that is there, there is a home for it. */
const makeRunner = async (local: Local, wanted: FederationWanted): Promise<RunnerView | null> => {
  const { homes, host } = local;
  const named = await host.runner(RUNNER);
  const known = named !== null && isEnded(named) ? null : named;
  if (named !== null && known === null && (await homes.isBound('runner'))) {
    const { npub } = await homes.identity('runner');
    if (npub === named.npub) throw endedRunner(local, named);
  }
  if (known === null)
    await homes.make('runner', {
      ...{ labels: {}, sandbox: [...wanted.offers], capacity: wanted.capacity, protocols: ['file'] },
      repositoryHooks: wanted.repositoryHooks ?? false,
    });
  return known;
};

/** Nobody trusts that key again. Whether there is to be another one is for whoever ended this one. */
const endedRunner = ({ processes: { home } }: Local, { trust }: RunnerView): EntangleError =>
  new EntangleError('conflict', `the runner of this federation is ${trust}: its key counts for nothing`, {
    hint: `remove ${join(home, 'runner', OWN_NAME)} and run \`entangle up\` again: it makes another one, with a key of its own`,
  });

/** Its npub, and the words with which it is to be trusted once it serves. */
const bindRunner = async (
  { homes, host }: Local,
  known: RunnerView | null,
): Promise<{ runner: string; words: string | null }> => {
  if (known !== null && known.trust !== 'pending') return { runner: known.npub, words: null };
  if (known === null) await homes.bind('runner', () => host.invite('runner', RUNNER));
  const self = await homes.identity('runner');
  return { runner: self.npub, words: self.words };
};

/** Their npub, and an invite that is still to be used where no process of theirs is served. */
const makeUser = async (
  local: Local,
  wanted: FederationWanted,
): Promise<{ user: string; invite: string | null }> => {
  const { homes, host, servesUser } = local;
  if (await homes.isBound('user')) {
    const { nodes } = (await host.graph()) as { nodes: Record<string, { pubkey: string }> };
    return { user: npub(nodes[wanted.user]!.pubkey), invite: null };
  }
  const user = await homes.make('user', null);
  await applyGraph(local, graphOf(wanted, user));
  if (!servesUser) return { user, invite: await host.invite('user', wanted.user) };
  await homes.bind('user', () => host.invite('user', wanted.user));
  return { user, invite: null };
};

/** Before a screen of theirs is there, so that what it shows first is what they may do. */
const joinUser = async (processes: Processes, invite: string | null): Promise<null> =>
  invite === null ? null : processes.run<unknown>(['user', 'join', '-'], invite).then(() => null);

const applyGraph = async ({ processes, host }: Local, graph: unknown): Promise<void> => {
  const file = join(processes.home, GRAPH_FILE);
  await systemFiles.write(file, yamlText(graph));
  await host.apply(file);
};

type AgentFile = { workspace?: object; policy?: Parameters<typeof policyOf>[1] };
/** Writes new wishes into the graph there is, which a person may have changed, and into the runner's settings. */
const changeNode = async (local: Local, wanted: FederationWanted): Promise<void> => {
  const { processes, host } = local;
  const file = (await host.graph()) as { nodes: Record<string, AgentFile> };
  const before = file.nodes[wanted.node];
  const node = {
    ...before,
    engine: wanted.engine,
    workspace: { ...before?.workspace, repository: wanted.remote, base: wanted.base },
    policy: policyOf(wanted, before?.policy),
  };
  await applyGraph(local, { ...file, nodes: { ...file.nodes, [wanted.node]: node } });
  const runner = join(processes.home, 'runner', OWN_NAME);
  await withConfigLock(runner, async () => {
    const config = await requireConfig(runner, runnerConfig, 'run `entangle up` again');
    await writeConfig(runner, runnerConfig, {
      ...config,
      sandbox: [...wanted.offers],
      capacity: wanted.capacity,
      repositoryHooks: wanted.repositoryHooks ?? false,
    });
  });
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
