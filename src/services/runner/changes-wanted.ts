/** People want changes of what a turn made: what the next turn gets is written down first, and then it may run. */
import { utf8, utf8Length } from '../../core/encoding/bytes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { MAX_TEXT_BYTES } from '../../core/vocabulary.ts';
import { readBody } from '../messaging/read-event.ts';
import { record } from '../messaging/rejections.ts';
import { approversOf, type CountedVote, votesOf } from './approvals.ts';
import { finish, reportState, type StateReport } from './report-state.ts';
import type { Runner } from './runner.ts';
import { decisionWords, instruction, saidBy, taskOf, textOfTurn, textTrouble, withChanges } from './texts.ts';
import { type CommittedTurn, keptSummary, specOfSession, turnAfter } from './turn.ts';

type Session = RowOf<'sessions'>;
type Rule = Parameters<typeof approversOf>[2];

/** The session goes on, or ends where no further turn may run; nothing yet, while words are on their way. */
export const goOn = async (runner: Runner, session: Session, turn: CommittedTurn): Promise<void> => {
  const { home } = runner;
  const approval = home.tables.get('approvals', turn.approval);
  const rule = home.tables.get('routes', session.node)?.approval['source.publish'];
  const request = await readBody<BodyOf<'task.request'>>(home, session.request);
  if (!approval || !request) return;
  const votes = rule ? await votesOf(runner, session, approval, rule) : [];
  const wanted = votes.filter(({ decision }) => decision === 'changes_wanted');
  const endAs = async (end: StateReport, words: string): Promise<void> => {
    const { summary: kept } = await keptSummary(runner, session, turn);
    await finish(runner, session, { ...end, summary: [words, kept].filter(Boolean).join('\n') });
  };
  // Who wanted them has no say any more: a new revision came between
  if (!rule || wanted.length === 0) return endAs({ state: 'failed', reason: 'approval_invalidated' }, '');
  let all: Awaited<ReturnType<typeof saidBy>>;
  let task: string | null;
  try {
    all = await saidBy(runner, session, wanted, instruction);
    task = await taskOf(runner, session, request);
  } catch (error) {
    const reason = textTrouble(error);
    if (reason === null) throw error;
    return endAs({ state: 'failed', reason }, (error as Error).message);
  }
  if (all === null || task === null) return;
  const words = decisionWords('changes wanted', all);
  const text = withChanges(await textOfTurn(runner, turn, task), all);
  const end = await endInstead(runner, session, { turn, request, text, wanted, rule });
  if (end) return endAs(end, words);
  const next = { session: session.id, attempt: session.attempt, turn: turnAfter(turn) };
  if (!home.tables.get('wanted_turns', next.session, next.attempt, next.turn)) {
    const persons = [...new Set(wanted.map(({ person }) => person))];
    await record(home, 'turn.wanted', { ...next, task: await home.blobs.put(utf8(text)), persons });
  }
  await reportState(runner, session, { state: 'active', note: words });
};

type Next = {
  turn: CommittedTurn;
  request: BodyOf<'task.request'>;
  text: string;
  wanted: readonly CountedVote[];
  rule: Rule;
};

/** Why no further turn runs: none is left, the text is too long to be shown, or nobody could approve what came of it. */
const endInstead = async (
  runner: Runner,
  session: Session,
  { turn, request, text, wanted, rule }: Next,
): Promise<StateReport | null> => {
  const own = (await specOfSession(runner, session))?.spec.policy.budget?.turns;
  const most = Math.min(request.budget.turns, own ?? request.budget.turns);
  if (turnAfter(turn) > most) return { state: 'budget_exceeded', reason: 'budget_exceeded' };
  if (utf8Length(text) > MAX_TEXT_BYTES) return { state: 'failed', reason: 'text_too_long' };
  const authors = new Set(rule.four_eyes ? wanted.map(({ person }) => person) : []);
  const approvers = await approversOf(runner, session, rule);
  const others = new Set(approvers.map(({ person }) => person).filter((person) => !authors.has(person)));
  return others.size < rule.quorum ? { state: 'failed', reason: 'nobody_may_approve' } : null;
};
