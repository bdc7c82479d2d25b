/** A session that was handed on ends as the other node ends it, and with it the work there. */
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { edgeDenial, isCutOffFrom } from '../messaging/authorization-context.ts';
import { readBody } from '../messaging/read-event.ts';
import { type Handed, handedOn, handoffTo } from './handoff.ts';
import { cutOff, finish } from './report-state.ts';
import { lastTurnOf, type Runner } from './runner.ts';
import { hasCommit } from './turn.ts';
import { childrenOf, isReviewGiven } from './waiting.ts';
import { keptSummary } from './workspace.ts';

type Session = RowOf<'sessions'>;

/** Ends with what it came to there. Where its node got another key, that one is asked under the next attempt. */
export const followHandoff = async (runner: Runner, session: Session, child: Session): Promise<void> => {
  const { home, exchange } = runner;
  const to = nameOf(runner, child);
  if (child.open === 0) return end(runner, session, child);
  if (isCutOffFrom(home, session.node, to, 'task.handoff')) {
    // Another edge between the two may still carry that
    await cancelHandoff(runner, session);
    return end(runner, session, { ...child, ...cutOff });
  }
  const now = home.tables.get('peers', session.node, to)?.pubkey;
  if (!now || now === child.node || edgeDenial(home, session.node, now, 'task.handoff', true)) return;
  const given = await readBody<Handed>(home, child.request);
  if (!given) return;
  const said = handoffTo(runner, session, now, { ...bodyOf(given), attempt: child.attempt + 1 });
  const isOpen = () => home.tables.get('sessions', child.id)?.open === 1;
  await exchange.send(() => (isOpen() ? said : []));
};

/** What came over the wire has a nonce of its own; another message gets another. */
const bodyOf = ({ session, attempt, task, whole, budget }: Handed): Handed => ({
  ...{ session, attempt, task, budget },
  ...(whole ? { whole } : {}),
});

const nameOf = ({ home }: Runner, { node }: Session): string => home.tables.get('keys', node)?.name ?? '';

const end = async (runner: Runner, session: Session, child: Session): Promise<void> => {
  const { state, reason, detail } = child;
  const made = runner.home.tables
    .list('artifacts', { session: child.id, by: child.node, state: 'published' })
    .map(({ repository, branch, commit_id }) => `published: ${branch} of ${repository}, commit ${commit_id}`);
  const turn = lastTurnOf(runner, session);
  const kept = turn && hasCommit(turn) ? (await keptSummary(runner, session, turn)).summary : undefined;
  const words = (where?: string): string =>
    [`handed off to ${nameOf(runner, child)}`, ...made, where, detail?.summary].filter(Boolean).join('\n');
  await finish(runner, session, {
    ...{ state, summary: words(kept), why: words() },
    ...(reason ? { reason } : {}),
  });
};

/** Nobody works on for a session that is over. */
export const cancelHandoff = async (runner: Runner, session: Session): Promise<void> => {
  const child = handedOn(runner, session);
  if (child?.open === 1) await cancelWork(runner, session, child);
};

/**
 * Of all that a session gave away, down the tree: the node of each cancels what that one gave away. A review ends with a
 * word of its own, whatever other edge there is to its node.
 */
export const cancelChildren = async (runner: Runner, session: Session): Promise<void> => {
  for (const child of childrenOf(runner.home, session))
    if (!isReviewGiven(runner.home, child)) await cancelWork(runner, session, child);
};

const cancelWork = async ({ home, exchange }: Runner, session: Session, child: Session): Promise<void> => {
  if (edgeDenial(home, session.node, child.node, 'task.cancel', true)) return;
  const cancel: Draft<'task.cancel'> = {
    ...{ type: 'task.cancel', from: session.node, to: child.node },
    body: { session: child.id, reason: 'the task that it was given for is over' },
    dedup: `cancel:${child.id}`,
  };
  await exchange.send([cancel]);
};
