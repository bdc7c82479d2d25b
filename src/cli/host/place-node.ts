/** Moves a node by hand, or takes it off, after a look at what that does. */
import { isWord } from '../../core/encoding/grammar.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { EntangleError } from '../../core/errors.ts';
import { choose, mismatch, whyNowhere } from '../../core/graph/fit.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { PlacementView } from '../../core/host-api/placement-view.ts';
import type { AssignmentView } from '../../core/host-api/shapes.ts';
import { OPEN_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';
import { headAtHost, runState } from '../../services/graph/remote.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { duration, hostFlags, nameArg, nameFlag, yes } from '../kit/flags.ts';
import { awaitAbove } from './wait-assignment.ts';

export const nodeArgs = { node: nameArg({ description: 'agent node of the active graph', required: true }) };
export const moveFlags = {
  to: nameFlag({
    description: 'trusted runner to move it to (default: the one that fits best)',
    env: 'ENTANGLE_MOVE_TO',
    helpValue: 'RUNNER',
  }),
  wait: duration({
    description: 'wait until the node is active there',
    env: 'ENTANGLE_ASSIGNMENT_WAIT',
  }),
  yes,
  ...hostFlags,
};
export const revokeFlags = { yes, ...hostFlags };

type Confirm = { yes: boolean; 'no-input': boolean };
/** `assignment`: the one that it has afterwards, where that was waited for. */
export type Moved = PlacementView & { assignment: AssignmentView | null };
type Shown = { from: string | null; open: number };
/** `left`: whom it was moved away from last, and has no other since. */
type Before = Shown & {
  left: string | null;
  agent: AgentNode;
  seen: { fence: number; decisions: number };
};

/** What there is of the node; the Host compares it, so that nothing else is changed than what was shown. */
const lookAt = async (client: HostClient, node: string): Promise<Before> => {
  const { graph } = await headAtHost(client);
  const agent = graph?.nodes.get(node);
  if (agent?.kind !== 'agent')
    throw new EntangleError('not_found', `the active graph has no agent "${node}"`, {
      hint: 'see `entangle graph show`',
    });
  const items = (await callHost(client, 'assignments.list')).items.filter((one) => one.node === node);
  const now = items.find(({ state }) => isWord(OPEN_ASSIGNMENT_STATES, state));
  const last = items.toSorted((one, other) => other.fence - one.fence)[0];
  const { sessions, decisions } = await runState(client);
  return {
    agent,
    from: now?.runner ?? null,
    left: last?.reason === 'moved' ? last.runner : null,
    seen: {
      fence: Math.max(0, ...items.map(({ fence }) => fence)),
      decisions: decisions.find((one) => one.node === node)?.n ?? 0,
    },
    open: sessions.filter((one) => one.node === node && one.held).length,
  };
};

/** By the rules of placing: what the Host would refuse is refused before anybody is asked. */
const targetOf = async (
  client: HostClient,
  node: string,
  { agent, from, left }: Before,
  to: string | undefined,
): Promise<string> => {
  const { runners } = await runState(client);
  const others = runners.filter(({ name }) => name !== from);
  if (to === undefined) {
    // Who is moved again while the first runner hangs wants it elsewhere, not back
    const away = others.filter(({ name }) => name !== left);
    const chosen = choose(agent, away, null) ?? choose(agent, others, null);
    if (chosen) return chosen.name;
    const besides = from === null ? '' : ` besides ${from}`;
    throw new EntangleError(
      'conflict',
      `"${node}" can run nowhere${besides}: ${whyNowhere(agent, others, from)}`,
      {
        hint: 'see `entangle host runner list`',
      },
    );
  }
  const runner = runners.find(({ name }) => name === to);
  const reason = runner && (mismatch(agent, runner) ?? (runner.live ? null : 'it is not live'));
  if (reason)
    throw new EntangleError('conflict', `runner "${to}" cannot run "${node}": ${reason}`, {
      hint: 'change the node in the graph, or choose another runner: `entangle host runner list`',
    });
  return to;
};

const tasks = (open: number, then: string): string =>
  open === 0 ? '' : ` ${open} open ${open === 1 ? 'task' : 'tasks'}: ${then}`;

export const moveQuestion = (node: string, runner: string, { from, open }: Shown): string =>
  sanitize(
    from === null
      ? `Have ${runner} run ${node}?`
      : `Move ${node} from ${from} to ${runner}? It gets another key there.${tasks(open, `a turn that runs is ended, and ${runner} begins the task anew, as its next attempt.`)}`,
  );

export const revokeQuestion = (node: string, { from, open }: Shown): string =>
  sanitize(
    `Take ${node} off ${from ?? 'all runners'}? Nobody runs it until you move or assign it.${tasks(open, 'a turn that runs is ended, and the task waits.')}`,
  );

export const moveGivenNode = async (
  client: HostClient,
  node: string,
  flags: Confirm & { to: string | undefined; wait: number | undefined },
): Promise<Moved> => {
  const before = await lookAt(client, node);
  const runner = await targetOf(client, node, before, flags.to);
  if (!flags.yes) await confirmOrStop(flags['no-input'], moveQuestion(node, runner, before));
  const body = { runner, ...before.seen };
  const moved = await callHost(client, 'assignments.move', { params: { node }, body });
  const assignment = flags.wait === undefined ? null : await awaitAbove(client, moved, flags.wait);
  return { ...moved, assignment };
};

export const revokeGivenNode = async (
  client: HostClient,
  node: string,
  flags: Confirm,
): Promise<PlacementView> => {
  const before = await lookAt(client, node);
  if (!flags.yes) await confirmOrStop(flags['no-input'], revokeQuestion(node, before));
  return callHost(client, 'assignments.revoke', { params: { node }, body: before.seen });
};

export const movedText = ({ node, from, runner, assignment }: Moved): string =>
  assignment
    ? `${node} is ${assignment.state} on ${assignment.runner}, fence ${assignment.fence}`
    : `${node} goes to ${runner}${from === null ? '' : `, as soon as ${from} surely runs it no more`}`;

export const revokedText = ({ node, from }: PlacementView): string =>
  `${node} leaves ${from ?? 'no runner'}; bring it back: \`entangle host assignment move ${node}\``;
