/** The graph: who takes part, under which policy, joined by which edges. Keyed by hostile names, so Maps throughout. */
import { durationMs } from '../encoding/time.ts';
import type { Assurance, Binding, CallOperation, EvidenceLevel, SandboxKind } from '../vocabulary.ts';
import { type Edge, type EdgeIndex, edgeText, indexEdges } from './edges.ts';
import type { EngineSpec } from './engines.ts';

export type UserNode = {
  readonly kind: 'user';
  readonly pubkey: string;
  readonly person?: string;
  /** SSH public keys with which this person also signs approvals. */
  readonly ssh?: readonly string[];
};
export type Workspace = {
  readonly repository: string;
  readonly base: string;
  readonly principal?: string;
  /** Who commits, as `Name <email>`; the principal when left out. */
  readonly author?: string;
  /** First line of each commit message, with `{title}` of the task, `{node}`, `{session}`, `{change}`; `{title}` when left out. */
  readonly message?: string;
  /** Lines at the end of each commit message, with `{node}`, `{session}`, `{change}`. */
  readonly trailers?: readonly string[];
  /** Of the branch of a session, with `{session}` and `{node}`. */
  readonly branch?: string;
  /** What is approved lands on `base` itself; on the branch of its session when left out. */
  readonly publish?: 'target';
  /** What stands beside its published commits for anybody to check; digests when left out. */
  readonly evidence?: EvidenceLevel;
};
/** `by` names user nodes; nobody when empty. `expires` is a duration such as "3600s". */
export type ApprovalPolicy = {
  readonly by: readonly string[];
  readonly quorum: number;
  readonly four_eyes: boolean;
  readonly expires?: string;
  /** Of a call: the least that a request has to bind of it. */
  readonly binding?: Binding;
  /** Of a publication: what it takes of each person beside the signature of their key. */
  readonly assurance?: Assurance;
};
/** Where a policy does not say. */
export const bindingOf = (
  operation: CallOperation,
  { binding }: { readonly binding?: Binding | undefined },
): Binding => binding ?? LEAST[operation];
const LEAST: Readonly<Record<CallOperation, Binding>> = {
  'command.run': 'declared',
  'file.write': 'content',
};
const DEFAULT_TURN_MS = 30 * 60_000;
/** What a turn may take at most, by the time of its policy's budget. */
export const turnMs = (time: string | undefined): number => durationMs(time ?? '') ?? DEFAULT_TURN_MS;
export type Budget = { readonly hops?: number; readonly turns?: number; readonly time?: string };
type Policy = {
  readonly approval: ReadonlyMap<string, ApprovalPolicy>;
  readonly sandbox: SandboxKind;
  readonly require?: 'enforced';
  /** Hosts with their ports that its turns may reach, besides the endpoint of its engine. */
  readonly network: readonly string[];
  readonly budget?: Budget;
};
export type Placement = { readonly labels: ReadonlyMap<string, string>; readonly runner?: string };
export type AgentNode = {
  readonly kind: 'agent';
  readonly engine: EngineSpec;
  readonly workspace?: Workspace;
  readonly policy: Policy;
  readonly placement: Placement;
  /** Names of secrets that its turns get as files, besides the engine's own. */
  readonly secrets: readonly string[];
};
/** The branch that others work on, where what this node makes lands there. */
export const landingBranch = ({ workspace }: AgentNode): string | null =>
  workspace?.publish === 'target' ? workspace.base : null;
export type GraphNode = UserNode | AgentNode;
export type GraphTest = {
  readonly from: string;
  readonly may: boolean;
  readonly type: string;
  readonly to: string;
};

/** A parsed graph in its one normal form: equal graphs have equal canonical text. */
export type Graph = {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: readonly Edge[];
  readonly tests: readonly GraphTest[];
  /** Declared names, or null when the file declares none and any name is taken. */
  readonly secrets: readonly string[] | null;
  readonly principals: readonly string[] | null;
  readonly index: EdgeIndex;
};

export const testText = (test: GraphTest): string =>
  `${test.from} ${test.may ? 'may' : 'may_not'} ${test.type} ${test.to}`;

/** Bytewise order of ASCII names, the same on every machine. */
export const order = (one: string, two: string): number => (one < two ? -1 : one > two ? 1 : 0);
export const sortedSet = (list: readonly string[]): string[] => [...new Set(list)].sort(order);

const byText =
  <T>(text: (item: T) => string) =>
  (one: T, two: T): number =>
    order(text(one), text(two));

/** Builds the normal form: nodes, edges and tests sorted, tests without repeats, edges indexed. */
export const makeGraph = (parts: Omit<Graph, 'index'>): Graph => {
  const edges = [...parts.edges].sort(byText(edgeText));
  const tests = new Map(parts.tests.map((test) => [testText(test), test]));
  return {
    name: parts.name,
    nodes: new Map([...parts.nodes].sort(byText(([name]) => name))),
    edges,
    tests: [...tests.values()].sort(byText(testText)),
    secrets: parts.secrets && sortedSet(parts.secrets),
    principals: parts.principals && sortedSet(parts.principals),
    index: indexEdges(edges),
  };
};

/** The person behind a user node: two keys of one person count once; without `person` the node's own name. */
export const personOf = (name: string, node: UserNode): string => node.person ?? name;

const MOST_NAMED = 5;
/** A list of nodes in a sentence. */
export const namesText = (nodes: readonly string[]): string =>
  nodes.length <= MOST_NAMED
    ? nodes.join(', ')
    : `${nodes.slice(0, MOST_NAMED).join(', ')} and ${nodes.length - MOST_NAMED} more`;
