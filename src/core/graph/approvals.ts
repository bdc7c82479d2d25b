/** Approval policy: who may approve, whether anybody can, and the digest that an approval is bound to. */
import { readSshKey } from '../crypto/ssh-key.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { type Assurance, type Binding, CALL_BINDINGS, type CallOperation } from '../vocabulary.ts';
import { type Edge, edgeDecision, edgesBetween, workEdge } from './edges.ts';
import { unenforced } from './engines.ts';
import type { Checked } from './file/draft.ts';
import { pathOfItem } from './file/raw.ts';
import { type AgentNode, type ApprovalPolicy, bindingOf, type Graph, order, personOf } from './model.ts';
import { needsProbe } from './tried.ts';

/** Persons who can give this agent work, themselves or through other agents: launchers, as far as the graph tells. */
const launchersOf = ({ graph, types }: Checked, agent: string): Set<string> => {
  const persons = new Set<string>();
  const seen = new Set([agent]);
  const queue = [agent];
  for (let to = queue.pop(); to !== undefined; to = queue.pop())
    for (const edge of graph.index.touching.get(to) ?? []) {
      const from = edge.from === to ? edge.to : edge.from;
      if (seen.has(from)) continue;
      if (workEdge(graph, { from, to }, types) === null) continue;
      seen.add(from);
      const node = graph.nodes.get(from)!;
      if (node.kind === 'user') persons.add(personOf(from, node));
      else queue.push(from);
    }
  return persons;
};

const checkApprover = (checked: Checked, approver: string, agent: string, path: string) => {
  const { draft, graph, types, report } = checked;
  if (!draft.nodes.has(approver))
    return report.add('unknown_node', path, `no node \`${approver}\``, {
      word: approver,
      among: draft.nodes.keys(),
    });
  const node = draft.nodes.get(approver);
  if (!node) return;
  if (node.kind !== 'user')
    return report.add('approver_not_user', path, `\`${approver}\` is an agent; only people approve`);
  const edges = edgesBetween(graph, approver, agent);
  if (!edges.some((edge) => edge.relation === 'approves' && edge.from === approver))
    return report.add(
      'approver_without_edge',
      path,
      `\`${approver}\` has no edge \`${approver} approves ${agent}\``,
    );
  const asked = edgeDecision(graph, { from: agent, type: 'approval.request', to: approver }, types);
  const told = edgeDecision(graph, { from: approver, type: 'approval.response', to: agent }, types);
  if (asked.kind === 'denied' || told.kind === 'denied')
    report.add('approver_edge_narrowed', path, `\`${approver} approves ${agent}\` is disabled or narrowed`);
};

const BY_DIRECTIVE =
  'only what its engine gives its runner with the directive `run` waits for this; what it runs by itself does not';
/** Its agent asks by itself: whether it does before each command is known where it was tried. */
const checkAsking = ({ report }: Checked, node: AgentNode, path: string): void => {
  if (node.engine.type === 'exec') {
    const isHeld = node.policy.require === 'enforced';
    report.add(isHeld ? 'not_enforced' : 'asked_by_agent', path, BY_DIRECTIVE);
    return;
  }
  const rest = needsProbe(node)
    ? 'its node runs only where `entangle runner probe` saw that it asks before each'
    : `what it does not ask about runs at once, in ${node.policy.sandbox === 'none' ? 'no' : 'its'} sandbox; \`entangle runner probe\` shows whether it asks`;
  report.add('asked_by_agent', path, `this agent runs commands itself and has to ask for approval; ${rest}`);
};

/** Version 2 gives an agent no files and no terminals of its runner, and no probe speaks it. */
const lackOfDraft = (operation: string, node: AgentNode, { binding }: ApprovalPolicy): string | null => {
  if (operation === 'file.write') return 'an agent writes by itself: no write would be bound to its content';
  if (operation !== 'command.run') return null;
  if (binding === 'exact') return 'an agent runs commands by itself: none would be bound exactly';
  return needsProbe(node) ? 'no agent can be tried: nothing would show that it asks' : null;
};

const isCall = (operation: string): operation is CallOperation => operation in CALL_BINDINGS;
/** None of a publication, which is bound to its content. */
const bindingsOf = (operation: string): readonly Binding[] =>
  isCall(operation) ? CALL_BINDINGS[operation] : [];

const checkPolicy = (
  checked: Checked,
  [agent, node]: [string, AgentNode],
  operation: string,
  policy: ApprovalPolicy,
) => {
  const { graph, report } = checked;
  const path = `nodes.${agent}.policy.approval.${operation}`;
  const hole = unenforced(node.engine.type, operation);
  if (hole !== null) return report.add('not_enforced', path, hole);
  const lack =
    node.engine.type === 'acp' && node.engine.protocol === 2 && lackOfDraft(operation, node, policy);
  if (lack) return report.add('not_enforced', path, `in version 2 of its protocol ${lack}`);
  if (operation === 'command.run') checkAsking(checked, node, path);
  const bindings = bindingsOf(operation);
  if (policy.binding !== undefined && !bindings.includes(policy.binding))
    report.add(
      'binding_not_of_operation',
      `${path}.binding`,
      `${operation} is not bound so, but as ${bindings.join(' or ') || 'content'}`,
    );
  if (policy.assurance !== undefined && operation !== 'source.publish')
    return report.add(
      'assurance_not_of_operation',
      `${path}.assurance`,
      `${operation} is approved without a touch; only source.publish can demand one`,
    );
  if (policy.by.length === 0)
    return report.add('approval_by_nobody', `${path}.by`, `nobody can approve ${operation}`);
  for (const approver of policy.by) {
    const list = ['nodes', agent, 'policy', 'approval', operation, 'by'];
    checkApprover(checked, approver, agent, pathOfItem(checked.draft, list, approver));
  }
  if (policy.by.some((name) => checked.draft.nodes.get(name)?.kind !== 'user')) return;
  const { approvers } = termsOf(graph, agent, operation)!;
  const persons = new Set(
    approvers.filter((one) => !policy.assurance || canTouch(one)).map(({ person }) => person),
  );
  if (policy.quorum > persons.size)
    return report.add(
      'quorum_unreachable',
      `${path}.quorum`,
      `${operation} needs ${policy.quorum === 1 ? '1 person' : `${policy.quorum} persons`} and names ${persons.size}${policy.assurance ? ' with an `sk-` key in `ssh`, as `assurance: touch` wants' : ''}`,
    );
  if (!policy.four_eyes || persons.size - 1 >= policy.quorum) return;
  const stuck = [...launchersOf(checked, agent)].filter((person) => persons.has(person));
  if (stuck.length > 0)
    report.add(
      'four_eyes_unreachable',
      `${path}.four_eyes`,
      `what ${stuck.sort(order)[0]} launches here cannot be approved: too few others`,
    );
};

/** Others work on that branch: what nobody has to approve may not get there. */
const checkTarget = ({ report }: Checked, name: string, { workspace, policy }: AgentNode): void => {
  if (workspace?.publish !== 'target' || policy.approval.has('source.publish')) return;
  const path = `nodes.${name}.workspace.publish`;
  report.add(
    'missing',
    path,
    `\`${name}\` needs a policy of who approves source.publish to land on \`${workspace.base}\``,
  );
};

/** Whether one of their keys is on a token. */
const canTouch = ({ ssh }: Terms['approvers'][number]): boolean =>
  ssh.some((line) => readSshKey(line)!.isToken);

export const checkApprovals = (checked: Checked): void => {
  for (const [name, node] of checked.draft.nodes) {
    if (node?.kind !== 'agent') continue;
    checkTarget(checked, name, node);
    for (const [operation, policy] of node.policy.approval)
      checkPolicy(checked, [name, node], operation, policy);
  }
};

type Turns = Pick<AgentNode, 'engine'> &
  Pick<AgentNode['policy'], 'sandbox' | 'network'> & { readonly workspace: AgentNode['workspace'] | null };

/** One operation's policy with everything that an approval stands on: change any of it and the approval dies. */
export type Terms = {
  readonly node: string;
  readonly operation: string;
  readonly quorum: number;
  readonly four_eyes: boolean;
  readonly expires: string | null;
  /** Of a call alone. */
  readonly binding: Binding | null;
  /** Of a publication alone. */
  readonly assurance: Assurance | null;
  /** Of a call alone: what asks for it, over what, and what it reaches, which people are shown beside it. */
  readonly turns: Turns | null;
  /** In order of name; `edge` is null where the policy names somebody without an `approves` edge. */
  readonly approvers: readonly {
    readonly name: string;
    readonly pubkey: string;
    readonly person: string;
    /** SSH keys with which they sign beside their own. */
    readonly ssh: readonly string[];
    readonly edge: Edge | null;
  }[];
};

/** The terms of one operation of an agent, or null when its policy does not put that under approval. */
export const termsOf = (graph: Graph, name: string, operation: string): Terms | null => {
  const agent = graph.nodes.get(name);
  if (agent?.kind !== 'agent') return null;
  const policy = agent.policy.approval.get(operation);
  if (!policy) return null;
  const approvers = policy.by.flatMap((approver) => {
    const node = graph.nodes.get(approver);
    if (node?.kind !== 'user') return [];
    const edge = edgesBetween(graph, approver, name).find((one) => one.relation === 'approves');
    const { pubkey, ssh = [] } = node;
    return [{ name: approver, pubkey, person: personOf(approver, node), ssh, edge: edge ?? null }];
  });
  const { quorum, four_eyes, expires, assurance = null } = policy;
  const { engine, workspace } = agent;
  const { sandbox, network } = agent.policy;
  const [binding, turns] = isCall(operation)
    ? [bindingOf(operation, policy), { engine, workspace: workspace ?? null, sandbox, network }]
    : [null, null];
  return {
    ...{ node: name, operation, quorum, four_eyes, expires: expires ?? null },
    ...{ binding, assurance, turns, approvers },
  };
};

export type Sha256Hex = (text: string) => string;

/** Digest (hex) of one operation's terms, for the subject of an approval (docs/design.md §6): other operations do not void it. */
export const policyDigest = (terms: Terms, sha256: Sha256Hex): string =>
  sha256(canonicalize({ domain: 'entangle/policy/1', terms }));
