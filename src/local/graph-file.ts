/** The graph of a local federation: one person, one agent. */
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
  command: readonly string[];
  sandbox: SandboxKind;
  /** What the runner offers: the graph may choose less than this machine has. */
  offers: readonly SandboxKind[];
  capacity: number;
  /** Whether a push runs the hooks of the repository. */
  repositoryHooks?: boolean;
  /** The wishes above are not those it was set up with. */
  changed?: boolean;
};

export const engineOf = (wanted: FederationWanted) => ({
  type: 'exec',
  auth: 'none',
  command: [...wanted.command],
});

/** One person, one agent, approval before anything is published. */
export const graphOf = (wanted: FederationWanted, npub: string) => ({
  graph: wanted.graph,
  nodes: {
    [wanted.user]: { kind: 'user', pubkey: npub },
    [wanted.node]: {
      kind: 'agent',
      engine: engineOf(wanted),
      workspace: { repository: wanted.remote, base: wanted.base },
      policy: { approval: { 'source.publish': { by: [wanted.user], quorum: 1 } }, sandbox: wanted.sandbox },
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
