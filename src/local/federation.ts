/** A whole federation on one machine: relay, Host, runner and User Node, each a process of its own. */

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { systemFiles } from '../adapters/system/files.ts';
import { requireConfig, writeConfig } from '../cli/wiring/home-config.ts';
import type { Processes, ServingProcess } from '../ports/index.ts';
import { runnerConfig } from '../services/setup/config.ts';
import { type FederationWanted, GRAPH_FILE, graphOf, policyOf } from './graph-file.ts';
import type { OwnHost } from './own-host.ts';
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
/** Homes of the runner and the user: those that commands take when none is named. */
const HOME = 'default';
const RUNNER = 'local';

/** Each participant does with its own process what needs its key; an operator has none. */
type Local = {
  processes: Processes;
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
  const servers: ServingProcess[] = [];
  const stop = async () => {
    for (const server of [...servers].reverse()) await server.stop();
  };
  try {
    const host = await makeHost(processes, wanted);
    const relayArgs = ['relay', 'serve', '--port', String(new URL(host.relay).port), '--owner', host.npub];
    servers.push(await processes.serve('relay', relayArgs));
    say(`relay    ${host.relay}`);
    servers.push(await processes.serve('host', ['host', 'serve']));
    say(`host     ${host.npub}`);
    if (wanted.agent?.key) await local.host.setSecret(MODEL_KEY, wanted.agent.key);
    if (wanted.changed) await changeNode(local, wanted);
    const runner = await makeRunner(local, wanted);
    await probeOnce(processes, wanted, say);
    servers.push(await processes.serve('runner', ['runner', 'serve', '--runner', HOME]));
    say(`runner   ${runner}`);
    const user = await makeUser(local, wanted);
    if (local.servesUser) servers.push(await processes.serve('user', ['user', 'watch']));
    say(`user     ${user}`);
    const node = (await local.host.assign(wanted.node, RUNNER)) ?? '';
    say(`node     ${node} (${wanted.node}, sandbox ${wanted.sandbox})`);
    return { servers, relay: host.relay, host: host.npub, runner, user, node, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const isSetUp = (processes: Processes, ...path: string[]): boolean =>
  existsSync(join(processes.home, ...path, 'config.yaml'));

const makeHost = async (
  processes: Processes,
  wanted: FederationWanted,
): Promise<{ npub: string; relay: string }> => {
  const note = join(processes.home, 'host', 'up.json');
  if (isSetUp(processes, 'host')) return JSON.parse(await readNote(note));
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const args = ['host', 'init', '--graph', wanted.graph, '--relay', relay, '--members', '--keys', 'file'];
  const { host } = await processes.run<{ host: string }>(args);
  await systemFiles.write(note, JSON.stringify({ npub: host, relay }));
  return { npub: host, relay };
};

const readNote = async (path: string): Promise<string> =>
  (await import('node:fs/promises')).readFile(path, 'utf8');

const makeRunner = async ({ processes, host }: Local, wanted: FederationWanted): Promise<string> => {
  if (isSetUp(processes, 'runner', HOME))
    return (await processes.run<{ npub: string }>(['runner', 'status', '--runner', HOME])).npub;
  const sandbox = wanted.offers.flatMap((one) => ['--sandbox', one]);
  const offer = [
    ...sandbox,
    '--capacity',
    String(wanted.capacity),
    '--git-protocol',
    'file',
    ...(wanted.repositoryHooks ? ['--repository-hooks'] : []),
  ];
  await processes.run(['runner', 'init', '--runner', HOME, '--keys', 'file', ...offer]);
  const invite = await host.invite('runner', RUNNER);
  const joined = await processes.run<{ npub: string; words: string }>(
    ['runner', 'join', '-', '--runner', HOME],
    invite,
  );
  await host.trust(RUNNER, joined.words);
  return joined.npub;
};

const makeUser = async (local: Local, wanted: FederationWanted): Promise<string> => {
  const { processes, host } = local;
  if (isSetUp(processes, 'user', HOME)) {
    const { nodes } = (await host.graph()) as { nodes: Record<string, { pubkey: string }> };
    return (await import('../core/encoding/id.ts')).npub(nodes[wanted.user]!.pubkey);
  }
  const { npub } = await processes.run<{ npub: string }>(['user', 'init', '--keys', 'file']);
  await applyGraph(local, graphOf(wanted, npub));
  await processes.run(['user', 'join', '-'], await host.invite('user', wanted.user));
  return npub;
};

const applyGraph = async ({ processes, host }: Local, graph: unknown): Promise<void> => {
  const file = join(processes.home, GRAPH_FILE);
  await systemFiles.write(file, stringify(graph));
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
  const runner = join(processes.home, 'runner', HOME);
  const config = await requireConfig(runner, runnerConfig, 'run `entangle up` again');
  await writeConfig(runner, runnerConfig, {
    ...config,
    sandbox: [...wanted.offers],
    capacity: wanted.capacity,
    repositoryHooks: wanted.repositoryHooks ?? false,
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
