/** The graph of a local federation: one person, one agent. */
import { type EngineSpec, unenforced } from '../core/graph/engines.ts';
import { sortedSet } from '../core/graph/model.ts';
import type { SandboxKind } from '../core/vocabulary.ts';

/** In the home: what was applied when it was made, for its person to go on from. */
export const GRAPH_FILE = 'graph.yaml';

export type FederationWanted = {
  /** Name of the graph, of the agent node, and the file remote it works on. */
  graph: string;
  node: string;
  user: string;
  remote: string;
  base: string;
  engine: EngineSpec;
  sandbox: SandboxKind;
  /** What the runner offers: the graph may choose less than this machine has. */
  offers: readonly SandboxKind[];
  capacity: number;
  /** Whether a push runs the hooks of the repository. */
  repositoryHooks?: boolean;
  /** The wishes above are not those it was set up with. */
  changed?: boolean;
  /** An agent that is spoken with. */
  agent?: {
    /** As `runner probe` takes it; null where that cannot try it. */
    tried: string | null;
    /** What it logs in with, where that is new. */
    key: Uint8Array | null;
  };
  /** What its turns reach beside what its engine says, and what they no longer do. */
  network?: { now: readonly string[]; before: readonly string[] };
};

export const commandEngine = (command: readonly string[]): EngineSpec<'exec'> => ({
  type: 'exec',
  auth: 'none',
  command: [...command],
});

type AgentPolicy = { approval?: Readonly<Record<string, object>>; network?: readonly string[] };
/** Where nothing else holds back its commands, its person does; what its engine cannot ask about is asked about no more. */
export const policyOf = (
  { engine, user, sandbox, network = { now: [], before: [] } }: FederationWanted,
  before: AgentPolicy = { approval: { 'source.publish': { by: [user], quorum: 1 } } },
) => {
  const isAsked = engine.type === 'acp' && sandbox === 'none';
  const approval = { ...(isAsked && { 'command.run': { by: [user], quorum: 1 } }), ...before.approval };
  const kept = (before.network ?? []).filter((one) => !network.before.includes(one));
  return {
    ...before,
    approval: Object.fromEntries(
      Object.entries(approval).filter(([operation]) => unenforced(engine.type, operation) === null),
    ),
    sandbox,
    network: sortedSet([...kept, ...network.now]),
  };
};

/** One person, one agent, approval before anything is published. */
export const graphOf = (wanted: FederationWanted, npub: string) => ({
  graph: wanted.graph,
  nodes: {
    [wanted.user]: { kind: 'user', pubkey: npub },
    [wanted.node]: {
      kind: 'agent',
      engine: wanted.engine,
      workspace: { repository: wanted.remote, base: wanted.base },
      policy: policyOf(wanted),
    },
  },
  edges: [
    `${wanted.user} delegates_to ${wanted.node}`,
    `${wanted.user} approves ${wanted.node}`,
    `${wanted.user} reviews ${wanted.node}`,
  ],
  tests: [
    `${wanted.user} may task.request ${wanted.node}`,
    `${wanted.node} may_not task.request ${wanted.user}`,
  ],
});
