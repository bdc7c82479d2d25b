/** People want changes of what a turn made: what the next turn gets is written down first, and then it may run. */

import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import { utf8, utf8Length } from '../../core/encoding/bytes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../messaging/read-event.ts';
import { record } from '../messaging/rejections.ts';
import { approversOf, type CountedVote, type Rule, ruleOf, votesOf } from './approving.ts';
import { artifactDrafts } from './artifact-life.ts';
import { allowed } from './budget.ts';
import { drafts, finish, type StateReport } from './report-state.ts';
import { type Runner, specOfSession } from './runner.ts';
import { talkOf } from './talk.ts';
import { decisionWords, saidBy, taskOf, textOfTurn, textTrouble, wholeReason, withChanges } from './texts.ts';
import { type CommittedTurn, turnAfter } from './turn.ts';
import { keptSummary } from './workspace.ts';

type Session = RowOf<'sessions'>;

/** The session goes on, or ends where no further turn may run; nothing yet, while words are on their way. */
export const goOn = async (runner: Runner, session: Session, turn: CommittedTurn): Promise<void> => {
  const { home } = runner;
  const approval = home.tables.get('approvals', turn.approval);
  const rule = ruleOf(runner, session, 'source.publish');
  const request = await readBody<BodyOf<'task.request'>>(home, session.request);
  if (!approval || !request) return;
  const votes = rule ? await votesOf(runner, session, approval, rule) : [];
  const wanted = votes.filter(({ decision }) => decision === 'changes_wanted');
  const endAs = async (end: StateReport, words: string): Promise<void> =>
    finish(runner, session, { ...end, ...(await keptSummary(runner, session, turn, words)) });
  // Who wanted them has no say any more: a new revision came between
  if (!rule || wanted.length === 0) return endAs({ state: 'failed', reason: 'approval_invalidated' }, '');
  const told = await textsOf(runner, session, { turn, request, wanted }).catch((error: unknown) => {
    const reason = textTrouble(error);
    if (reason === null) throw error;
    return { reason, why: (error as Error).message };
  });
  if (told === null) return;
  if ('reason' in told) return endAs({ state: 'failed', reason: told.reason }, told.why);
  const { words, given, text } = told;
  const end = await endInstead(runner, session, { turn, request, given, text, wanted, rule });
  if (end) return endAs(end, words);
  const next = { session: session.id, attempt: session.attempt, turn: turnAfter(turn) };
  if (!home.tables.get('wanted_turns', next.session, next.attempt, next.turn)) {
    const persons = [...new Set(wanted.map(({ person }) => person))];
    await record(home, 'turn.wanted', { ...next, task: await home.blobs.put(utf8(text)), persons });
  }
  const replaced = await artifactDrafts(runner, session, 'superseded', words);
  await runner.exchange.send([
    ...replaced,
    ...(await drafts(runner, session, { state: 'active', note: words })),
  ]);
};

type Wish = { turn: CommittedTurn; request: BodyOf<'task.request'>; wanted: readonly CountedVote[] };
type Next = Wish & { given: string; text: string; rule: Rule };

/** What the requester is told, what the turn before got and what the next one gets; null while some of it is on its way. */
const textsOf = async (
  runner: Runner,
  session: Session,
  { turn, request, wanted }: Wish,
): Promise<{ words: string; given: string; text: string } | null> => {
  const all = await saidBy(runner, session, wanted, wholeReason);
  const task = await taskOf(runner, session, request);
  if (all === null || task === null) return null;
  const given = await textOfTurn(runner, turn, task);
  return { words: decisionWords('changes wanted', all), given, text: withChanges(given, all) };
};

/** Why no further turn runs: none is left, the text is too long to be shown, or nobody could approve what came of it. */
const endInstead = async (
  runner: Runner,
  session: Session,
  { turn, request, given, text, wanted, rule }: Next,
): Promise<StateReport | null> => {
  const own = (await specOfSession(runner, session))?.spec.policy.budget;
  if (allowed(request.budget, own, turnAfter(turn)).turns < 0)
    return { state: 'budget_exceeded', reason: 'budget_exceeded' };
  if (!(await isShown(runner, session, given, text))) return { state: 'failed', reason: 'text_too_long' };
  const authors = new Set(rule.four_eyes ? wanted.map(({ person }) => person) : []);
  const approvers = await approversOf(runner, session, rule);
  const others = new Set(approvers.map(({ person }) => person).filter((person) => !authors.has(person)));
  return others.size < rule.quorum ? { state: 'failed', reason: 'nobody_may_approve' } : null;
};

/** It fits, and beside it all that the engine was told so far, which is in what it made. */
const isShown = async (runner: Runner, session: Session, given: string, text: string): Promise<boolean> => {
  if (utf8Length(text) > MAX_TEXT_BYTES) return false;
  const before = await talkOf(runner, session, given);
  const now = await talkOf(runner, session, text);
  return (['replies', 'verdicts'] as const).every((what) =>
    [...before[what]].every(([id, words]) => now[what].get(id) === words),
  );
};
