/** Changes after which less stands between an agent and what it may do: a reader of a plan must not overlook them. */
import { isWord } from '../../encoding/grammar.ts';
import { formatDuration } from '../../encoding/time.ts';
import { OPERATIONS, type Operation } from '../../vocabulary.ts';
import { type Terms, termsOf } from '../approvals.ts';
import { type Edge, edgeText, parseRate } from '../edges.ts';
import { type AgentNode, type Graph, landingBranch, turnMs } from '../model.ts';
import { reachOf } from '../network.ts';
import { type Timeout, timeoutsOf } from '../timeouts.ts';
import type { Plan } from './plan.ts';

export type Loosening = { node: string; what: string };

/** One thing that a change can loosen; each answer is what is less safe now, in the words that follow the node's name. */
type Row<T> = (old: T, now: T) => string[];

const said = (isLooser: boolean, what: string): string[] => (isLooser ? [what] : []);
/** A bound that is higher than before, or gone. */
const isLifted = (old: number | undefined, now: number | undefined): boolean =>
  old !== undefined && (now === undefined || now > old);

const DONE: Readonly<Record<Operation, string>> = {
  'source.publish': 'publishes',
  'command.run': 'runs commands',
  'file.write': 'changes files',
};

/** Approvers who were one person before and are two now: each of them counts in a quorum. */
const parted: Row<Terms> = (old, now) => {
  const persons = new Map(old.approvers.map(({ name, person }) => [name, person]));
  return now.approvers.flatMap((one, i) =>
    now.approvers.slice(i + 1).flatMap((two) => {
      const before = persons.get(one.name);
      const wereOne = before !== undefined && before === persons.get(two.name);
      return said(
        wereOne && one.person !== two.person,
        `counts ${one.name} and ${two.name} as two persons for ${now.operation}`,
      );
    }),
  );
};

const TERMS: readonly Row<Terms>[] = [
  (old, now) =>
    said(now.quorum < old.quorum, `needs ${now.quorum} instead of ${old.quorum} for ${now.operation}`),
  (old, now) =>
    said(
      old.binding === 'declared' && now.binding === 'described',
      `lets ${now.operation} be approved by a description alone`,
    ),
  (old, now) =>
    said(old.four_eyes && !now.four_eyes, `lets who launched it approve ${now.operation} (no four_eyes)`),
  (old, now) =>
    now.approvers.flatMap(({ name, pubkey }) => {
      const before = old.approvers.find((one) => one.name === name);
      if (before === undefined) return [`lets ${name} approve ${now.operation}`];
      return said(before.pubkey !== pubkey, `lets another key of ${name} approve ${now.operation}`);
    }),
  parted,
  (old, now) =>
    said(
      old.assurance !== null && now.assurance === null,
      `lets ${now.operation} be approved without a touch`,
    ),
  (old, now) =>
    now.assurance === null
      ? []
      : now.approvers.flatMap(({ name, ssh }) => {
          const before = old.approvers.find((one) => one.name === name)?.ssh ?? ssh;
          const isNew = ssh.some((key) => !before.includes(key));
          return said(isNew, `lets another SSH key of ${name} approve ${now.operation}`);
        }),
];

const WAITED: readonly [Timeout, string][] = [
  ['silence', 'may be silent'],
  ['cancel', 'may go on after it is cancelled'],
];

const AGENT: readonly Row<AgentNode>[] = [
  ({ policy: old }, { policy: now }) =>
    said(old.sandbox === 'bwrap' && now.sandbox === 'none', 'is no longer isolated (sandbox: none)'),
  (old, now) => {
    const before = reachOf(old);
    return old.policy.sandbox === 'none' || now.policy.sandbox === 'none'
      ? []
      : reachOf(now).flatMap((target) => said(!before.includes(target), `reaches ${target}`));
  },
  ({ policy: old }, { policy: now }) =>
    said(old.require !== undefined && !now.require, 'may run where its policy is not enforced'),
  ({ policy: old }, { policy: now }) =>
    (['hops', 'turns'] as const).flatMap((what) => {
      const [before, after] = [old.budget?.[what], now.budget?.[what]];
      return said(isLifted(before, after), `may take ${after ?? 'any'} ${what} instead of ${before}`);
    }),
  ({ policy: old }, { policy: now }) => {
    const [before, after] = [turnMs(old.budget?.time), turnMs(now.budget?.time)];
    return said(
      after > before,
      `may take longer: ${formatDuration(after)} instead of ${formatDuration(before)}`,
    );
  },
  ({ engine: old }, { engine: now }) => {
    const [before, after] = [timeoutsOf(old), timeoutsOf(now)];
    return WAITED.flatMap(([which, words]) =>
      said(
        after[which] > before[which],
        `${words} longer: ${formatDuration(after[which])} instead of ${formatDuration(before[which])}`,
      ),
    );
  },
  ({ placement: old }, { placement: now }) =>
    said(
      old.runner !== undefined && now.runner === undefined,
      `may run on another runner than ${old.runner}`,
    ),
  ({ placement: old }, { placement: now }) =>
    [...old.labels].flatMap(([label, value]) =>
      said(!now.labels.has(label), `may run where ${label} is not ${value}`),
    ),
  (old, now) => {
    const [before, after] = [landingBranch(old), landingBranch(now)];
    return after === null ? [] : said(before !== after, `lands on ${after}, which others work on`);
  },
  ({ workspace: old }, { workspace: now }) =>
    said(
      old?.evidence !== 'full' && now?.evidence === 'full',
      'has its tasks and reasons read by whoever reads its repository (evidence: full)',
    ),
  ({ secrets: old }, { secrets: now }) =>
    now.flatMap((secret) => said(!old.includes(secret), `gets the secret ${secret}`)),
];

const EDGE: readonly Row<Edge>[] = [
  (old, now) => said(old.disabled === true && !now.disabled, 'is joined again'),
  ({ only: old }, { only: now }) => {
    if (old === undefined) return [];
    if (now === undefined) return [`is not narrowed to ${old.join(', ')}`];
    const more = now.filter((type) => !old.includes(type));
    return said(more.length > 0, `may also carry ${more.join(', ')}`);
  },
  ({ max_concurrent: old }, { max_concurrent: now }) =>
    said(isLifted(old, now), `may have ${now ?? 'any number'} open instead of ${old}`),
  ({ rate: old }, { rate: now }) =>
    said(isFaster(old, now), `may carry ${now ?? 'any number'} instead of ${old}`),
];

/** More in the long run, or more at once: 60/hour lets sixty through in one second, 1/minute does not. */
const isFaster = (old: string | undefined, now: string | undefined): boolean => {
  const before = old === undefined ? null : parseRate(old);
  if (before === null) return false;
  const after = now === undefined ? null : parseRate(now);
  return (
    after === null || after.count > before.count || after.count * before.perMs > before.count * after.perMs
  );
};

const approvals = (before: Graph, after: Graph, node: string, old: AgentNode): string[] =>
  [...old.policy.approval.keys()].flatMap((operation) => {
    const now = termsOf(after, node, operation);
    if (now === null)
      return [`${isWord(OPERATIONS, operation) ? DONE[operation] : operation} without approval`];
    const terms = termsOf(before, node, operation)!;
    return TERMS.flatMap((row) => row(terms, now));
  });

const ofNodes = (before: Graph, after: Graph): Loosening[] =>
  [...after.nodes].flatMap(([node, now]) => {
    const old = before.nodes.get(node);
    if (now.kind !== 'agent' || old?.kind !== 'agent') return [];
    const found = [...approvals(before, after, node, old), ...AGENT.flatMap((row) => row(old, now))];
    return found.map((what) => ({ node, what }));
  });

/** An edge that is new is a line of the plan; one that stands and holds back less looks like the same edge. */
const ofEdges = ({ changes }: Plan): Loosening[] =>
  changes.flatMap((change) => {
    if (change.what !== 'edge' || change.op !== 'change') return [];
    const { old, new: now } = change;
    if (now.disabled) return [];
    const found = EDGE.flatMap((row) => row(old, now));
    return found.map((what) => ({ node: now.from, what: `${what} (\`${edgeText(now)}\`)` }));
  });

export const relaxations = (plan: Plan): Loosening[] =>
  plan.before === null ? [] : [...ofNodes(plan.before, plan.after), ...ofEdges(plan)];
