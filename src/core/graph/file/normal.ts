/** From the shape of the file to the graph's normal form: defaults filled in, lists that are sets sorted. */

import { readSshKey } from '../../crypto/ssh-key.ts';
import { parsePubkey } from '../../encoding/id.ts';
import { formatDuration, parseDuration } from '../../encoding/time.ts';
import type { Assurance, Binding } from '../../vocabulary.ts';
import type { Edge, Limits } from '../edges.ts';
import {
  type AgentNode,
  type ApprovalPolicy,
  type GraphNode,
  type GraphTest,
  order,
  sortedSet,
} from '../model.ts';
import type { EdgeShape, NodeShape } from './schema.ts';

/** Hex of an npub or of hex; null for an npub with a wrong checksum. */
export const pubkeyHex = (text: string): string | null => {
  try {
    return parsePubkey(text);
  } catch {
    return null;
  }
};

/** One spelling for equal durations: "60m" and "1h" are both "1h". */
const oneSpelling = (text: string): string => formatDuration(parseDuration(text));

type ApprovalShape = {
  by: string[];
  quorum?: number;
  four_eyes?: boolean;
  expires?: string;
  binding?: Binding;
  assurance?: Assurance;
};
export const approvalOf = (shape: ApprovalShape): ApprovalPolicy => ({
  by: sortedSet(shape.by),
  quorum: shape.quorum ?? 1,
  four_eyes: shape.four_eyes ?? false,
  ...(shape.expires !== undefined && { expires: oneSpelling(shape.expires) }),
  ...(shape.binding !== undefined && { binding: shape.binding }),
  ...(shape.assurance !== undefined && { assurance: shape.assurance }),
});

/** An approval policy as file and wire write it. */
export const approvalFile = ({
  by,
  ...rest
}: ApprovalPolicy): Required<Pick<ApprovalShape, 'by' | 'quorum'>> & ApprovalShape => ({
  ...rest,
  by: [...by],
});

/** Without what says nothing. */
const engineOf = ({ engine }: AgentShape): AgentNode['engine'] => {
  if (engine.type !== 'acp' || engine.timeouts === undefined) return engine;
  const { timeouts, ...rest } = engine;
  const said = Object.entries(timeouts).map(([which, text]) => [which, oneSpelling(text)]);
  return said.length === 0 ? rest : { ...rest, timeouts: Object.fromEntries(said) };
};

type AgentShape = Extract<NodeShape, { kind: 'agent' }>;
const sortedMap = <V>(entries: Iterable<[string, V]>): Map<string, V> =>
  new Map([...entries].sort(([one], [two]) => order(one, two)));

const agentOf = (shape: AgentShape): AgentNode => {
  const { policy, placement, workspace } = shape;
  const approval = Object.entries(policy?.approval ?? {}).map(
    ([operation, value]): [string, ApprovalPolicy] => [operation, approvalOf(value!)],
  );
  const { time, ...counts } = policy?.budget ?? {};
  const budget = { ...counts, ...(time !== undefined && { time: oneSpelling(time) }) };
  return {
    kind: 'agent',
    engine: engineOf(shape),
    ...(workspace && { workspace }),
    policy: {
      approval: sortedMap(approval),
      sandbox: policy?.sandbox ?? 'bwrap',
      ...(policy?.require && { require: policy.require }),
      network: sortedSet(policy?.network ?? []),
      ...(Object.keys(budget).length > 0 && { budget }),
    },
    placement: {
      labels: sortedMap(Object.entries(placement?.labels ?? {})),
      ...(placement?.runner !== undefined && { runner: placement.runner }),
    },
    secrets: sortedSet([...(shape.secrets ?? []), ...(policy?.secrets ?? [])]),
  };
};

/** Null when the user's npub does not decode. */
export const nodeOf = (shape: NodeShape): GraphNode | null => {
  if (shape.kind === 'agent') return agentOf(shape);
  const pubkey = pubkeyHex(shape.pubkey);
  if (pubkey === null) return null;
  const ssh = sortedSet((shape.ssh ?? []).map((line) => readSshKey(line)!.text));
  return {
    kind: 'user',
    pubkey,
    ...(shape.person !== undefined && { person: shape.person }),
    ...(ssh.length > 0 && { ssh }),
  };
};

type LimitsShape = {
  readonly [K in keyof Limits]?: (K extends 'disabled' ? boolean : Limits[K]) | undefined;
};
/** Only the narrowing that says something: `disabled: false` is the same as nothing. */
export const limitsOf = (shape: LimitsShape): Limits => ({
  ...(shape.only && { only: sortedSet(shape.only) }),
  ...(shape.max_concurrent !== undefined && { max_concurrent: shape.max_concurrent }),
  ...(shape.rate !== undefined && { rate: shape.rate }),
  ...(shape.disabled && { disabled: true as const }),
});

/** Peers are equal, so `b peers_with a` is written `a peers_with b`. */
export const edgeOf = (shape: EdgeShape): Edge => {
  const swap = shape.relation === 'peers_with' && shape.to < shape.from;
  const [from, to] = swap ? [shape.to, shape.from] : [shape.from, shape.to];
  return { from, relation: shape.relation, to, ...limitsOf(shape) };
};

export const splitWords = (text: string): [string, string, string] =>
  text.split(/ +/) as [string, string, string];

export const testOf = (text: string): GraphTest => {
  const [from, may, type, to] = text.split(/ +/) as [string, string, string, string];
  return { from, may: may === 'may', type, to };
};
