/** Waits for the end of a session, or for what it asks of this person. */

import type { SessionWait } from '../../core/command-words.ts';
import { lastLine } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import { isTerminal } from '../../core/machines/machine.ts';
import { sessionMachine } from '../../core/machines/session.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { ask } from './ask.ts';
import { behindRows } from './behind.ts';
import { pick } from './pick.ts';
import { questionRow, questionsOf } from './questions.ts';
import { reviewsForMe } from './reviews.ts';
import type { User } from './user.ts';
import { isCutOff, sessionView, shownState, waitsForMe } from './views.ts';

export type Waited = ReturnType<typeof sessionView>;

export type WaitOptions = {
  timeoutMs: number;
  /** Of this person: one that they have not decided or answered. */
  waitFor?: SessionWait;
  signal?: AbortSignal;
  tell?: (text: string) => void;
};

/** The session when it has completed, or asks what was waited for. `denied` when it ended otherwise, `timed_out` when it goes on. */
export const waitForSession = async (user: User, id: string, options: WaitOptions): Promise<Waited> => {
  const { timeoutMs, waitFor = 'end', signal, tell = () => {} } = options;
  const session = pick(user.home, 'sessions', id).id;
  const tellOnce = onlyNews(tell);
  const look = () => {
    const row = pick(user.home, 'sessions', session);
    if (row.open === 0 || isCutOff(user.home, row)) return sessionView(user.home, row);
    for (const { title } of behindRows(user.home)) tellOnce(`${title}: entangle user inbox`);
    tellOnce(`session ${session} is ${shownState(user.home, row)}`);
    const mine = myApprovals(user, session);
    for (const approval of mine) tellOnce(`waiting for your approval: entangle user approve ${approval}`);
    const asked = questionsFor(user, session);
    for (const one of asked)
      tellOnce(`waiting for your answer: entangle user reply ${one.id} "…"  (${one.title})`);
    const toReview = reviewsForMe(user.home).filter((one) => one.session === session);
    for (const { id, title } of toReview)
      tellOnce(`waiting for your review: entangle user review ${id} --pass, or --changes -m "…"  (${title})`);
    const others = mine.length + asked.length + toReview.length;
    const isAsked = { end: false, approval: mine.length > 0, question: others > 0 };
    return isAsked[waitFor] ? sessionView(user.home, row) : null;
  };
  const first = await user.until(look, timeoutMs, signal);
  if (!first) throw goesOn(user, session);
  const seen = await withState(user, first, signal);
  if (seen.state === 'completed') return withArtifact(user, session, timeoutMs, signal);
  if (isTerminal(sessionMachine, seen.state)) throw endedBadly(seen);
  return seen;
};

/** What a person decided, or an operator, is the reason itself; of what a node printed the last line may help. */
const DECIDED: ReadonlySet<string | null> = new Set([
  'approval_rejected',
  'cancelled_by_requester',
  'cancelled_by_host',
]);

const endedBadly = ({ id, state, reason, summary }: Waited): EntangleError => {
  const isDecided = DECIDED.has(reason);
  const words = summary && (isDecided ? summary : lastLine(summary));
  return new EntangleError(
    'denied',
    `session ${id} ${state}: ${reason ?? 'no reason given'}${words ? ` (${words})` : ''}`,
    {
      ...(words && !isDecided ? { hint: `read all it said: \`entangle user show ${id}\`` } : {}),
    },
  );
};

/** A state that comes back after another is news again; a question is told once. */
const onlyNews = (tell: (text: string) => void) => {
  const told = new Set<string>();
  let state = '';
  return (text: string): void => {
    const isState = text.startsWith('session ');
    if (isState ? text === state : told.has(text)) return;
    if (isState) state = text;
    else told.add(text);
    tell(text);
  };
};

const myApprovals = ({ home }: User, session: string): string[] =>
  home.tables
    .list('approvals', { session })
    .filter((row) => waitsForMe(home, row))
    .map((row) => row.id);

const questionsFor = ({ home }: User, session: string) =>
  questionsOf(home, session)
    .map((row) => questionRow(home, row))
    .filter(({ state }) => state === 'open');

const goesOn = (user: User, session: string): EntangleError => {
  const { state, node, nobodyRuns, approvals } = sessionView(user.home, pick(user.home, 'sessions', session));
  const [mine] = myApprovals(user, session);
  const open = approvals.filter((one) => one.state === 'pending').map((one) => one.id);
  const asks = open.length > 0 ? `, waiting for approval ${open.join(', ')}` : '';
  const [question] = questionsFor(user, session);
  const why = nobodyRuns ? `, nobody runs ${node} now` : asks;
  return new EntangleError(
    'timed_out',
    `session ${session} is still ${nobodyRuns ? 'open' : 'running'} (state: ${state}${why})`,
    {
      hint: mine
        ? `approve it with \`entangle user approve ${mine}\``
        : question
          ? `answer it with \`entangle user reply ${question.id} "…"\``
          : `see \`entangle user show ${session}\``,
      details: [{ session, state, approvals: open }],
    },
  );
};

const STATE_MS = 2000;

/** Relays reorder: a question can come before the message that says that its session waits for the answer. */
const withState = async (user: User, seen: Waited, signal?: AbortSignal): Promise<Waited> => {
  const view = () => sessionView(user.home, pick(user.home, 'sessions', seen.id));
  if (seen.questions.some(({ state }) => state === 'open')) return seen;
  const isTold = () => view().state === 'waiting_approval' || isTerminal(sessionMachine, view().state);
  await user.until(isTold, STATE_MS, signal);
  return view();
};

const ARTIFACT_MS = 30_000;

/** Relays reorder: the result that names a commit can come before the message that says where it is. */
const withArtifact = async (
  user: User,
  session: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Waited> => {
  const view = () => sessionView(user.home, pick(user.home, 'sessions', session));
  const isWhole = () => {
    const { commit, artifacts } = view();
    return !commit || artifacts.some((one) => one.commit === commit);
  };
  await user.until(isWhole, Math.min(timeoutMs, ARTIFACT_MS), signal);
  return view();
};

export type Asked = { session: string; node: string; state: string } | Waited;

/** Launches a task and, where wanted, waits for its end. */
export const askAndWait = async (
  user: User,
  node: string,
  { task, files = [] }: { task: string; files?: readonly NamedBytes[] },
  wait: WaitOptions | null,
): Promise<Asked> => {
  const asked = await ask(user, node, task, files);
  if (!wait) return { ...asked, state: 'requested' };
  return waitForSession(user, asked.session, wait);
};
