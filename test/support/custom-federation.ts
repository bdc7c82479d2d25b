/** A federation of real processes with any users and agents: one relay, one Host, one runner for all agents. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { foldedTables } from '../../src/cli/wiring/folded-tables.ts';
import type { SessionWait } from '../../src/core/command-words.ts';
import type { Tables } from '../../src/core/projection/rows.ts';
import type { RemoteScheme, SandboxKind } from '../../src/core/vocabulary.ts';
import { freePort, type Serving, type TempHomes } from './cli.ts';
import { type Fixture, gitFixture, plainGit } from './git-fixtures.ts';
import { admitRunner, joinUserHome, makeHostHome, makeUserHome, operatorOf } from './own-setup.ts';
import { askAs, showAs, waitAs } from './own-user.ts';

/** By name: the person behind a user where it is not the user itself; the policy of an agent, and its engine if not a shell. */
export type Members = {
  users: Record<string, string | null>;
  /** SSH keys that the graph has of them. */
  ssh?: Record<string, readonly string[]>;
  agents: Record<string, Record<string, unknown>>;
  engines?: Record<string, Record<string, unknown>>;
  edges: string[];
  /** Where other agents than those of the fixture work, and what of, as the graph has it. */
  workspaces?: Record<string, Record<string, unknown>>;
  protocols?: readonly RemoteScheme[];
  capacity?: number;
  /** What its runner offers. */
  sandbox?: readonly SandboxKind[];
};
export type Part = 'host' | 'runner';
export type CustomFederation = {
  here: TempHomes;
  fixture: Fixture;
  relay: string;
  graph: string;
  homes: Record<string, string>;
  /** Where the ledger and keys of a part or a user lie. */
  directory(name: string): string;
  tables(name: string): Promise<Tables>;
  start(part: Part): Promise<void>;
  serving(part: Part): Serving;
  ask(user: string, node: string, task: string): Promise<string>;
  session(user: string, id: string): Promise<Shown>;
  /** The session once it completed or asks its user; fails when it ends otherwise. */
  waited(user: string, id: string, waitFor: SessionWait): Promise<Shown>;
  /** Commit id of the session's branch on the remote, or ''. */
  head(node: string, session: string): string;
  close(): Promise<void>;
};
export type Shown = {
  state: string;
  reason: string | null;
  summary: string | null;
  approvals: { id: string; state: string }[];
  artifacts: { commit: string; branch: string }[];
};

const POLL_MS = 100;

/** Looks until something is there; an error of the look is the test's. */
export const until = async <T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  ms = 60_000,
): Promise<T> => {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`never seen: ${what}`);
    await delay(POLL_MS);
  }
};

const SHELL = { type: 'exec', auth: 'none', command: ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'] };
const nodeOf = (
  url: string,
  policy: Record<string, unknown>,
  engine: Record<string, unknown> = SHELL,
  workspace: Record<string, unknown> = {},
) => ({
  kind: 'agent',
  engine,
  workspace: { repository: url, base: 'main', ...workspace },
  policy: { sandbox: 'none', ...policy },
});

const applyGraph = async (here: TempHomes, homes: Record<string, string>, members: Members, url: string) => {
  const host = operatorOf(homes.host!);
  const nodes: Record<string, unknown> = {};
  for (const [name, person] of Object.entries(members.users)) {
    const pubkey = await makeUserHome(homes[name]!);
    const ssh = members.ssh?.[name];
    nodes[name] = { kind: 'user', pubkey, ...(person ? { person } : {}), ...(ssh && { ssh }) };
  }
  for (const [name, policy] of Object.entries(members.agents))
    nodes[name] = nodeOf(url, policy, members.engines?.[name], members.workspaces?.[name]);
  await host.apply(here.file('graph.json', JSON.stringify({ graph: 'acme', nodes, edges: members.edges })));
  for (const name of Object.keys(members.users))
    await joinUserHome(homes[name]!, await host.invite('user', name));
  for (const name of Object.keys(members.agents)) await host.assign(name, 'r1');
};

/** A federation that cannot be started leaves no process behind. */
export const startCustomFederation = (here: TempHomes, members: Members): Promise<CustomFederation> =>
  build(here, members).catch(async (error: unknown) => {
    await here.clean();
    throw error;
  });

const build = async (here: TempHomes, members: Members): Promise<CustomFederation> => {
  const fixture = gitFixture({ 'a.txt': 'a\n' });
  const names = ['relay', 'host', 'runner', ...Object.keys(members.users)];
  const homes = Object.fromEntries(names.map((name) => [name, here.home(name.slice(0, 6))]));
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const { host, graph } = await makeHostHome(homes.host!, [relay], true);
  await here.start(homes.relay!, ['relay', 'serve', '--port', new URL(relay).port, '--owner', host]);
  const servings = new Map<Part, Serving>();
  const start = async (part: Part) => {
    servings.set(part, await here.start(homes[part]!, [part, 'serve']));
  };
  await start('host');
  const { capacity = 8, protocols = ['file'], sandbox = ['none'] } = members;
  const runner = { capacity, protocols, sandbox };
  await admitRunner(operatorOf(homes.host!), homes.runner!, runner, () => start('runner'));
  await applyGraph(here, homes, members, fixture.repository.url);
  const kept = { host: join('host', 'default'), runner: join('runner', 'default') };
  const directory = (name: string) => join(homes[name]!, kept[name as Part] ?? join('user', 'default'));
  const session = (user: string, id: string) => showAs<Shown>(homes[user]!, id);
  return {
    here,
    fixture,
    relay,
    graph,
    homes,
    directory,
    tables: (name) => foldedTables(directory(name)),
    start,
    serving: (part) => servings.get(part)!,
    ask: (user, node, task) => askAs(homes[user]!, node, task),
    session,
    waited: (user, id, waitFor) => waitAs(homes[user]!, id, waitFor),
    head: (node, id) =>
      plainGit(fixture.remote, 'for-each-ref', '--format=%(objectname)', `refs/heads/entangle/${node}/${id}`),
    close: async () => {
      await here.clean();
      fixture.remove();
    },
  };
};
