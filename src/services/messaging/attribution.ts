/** Who may say something of a session: the node that it was given to, and to the Host the runner of that node. */
import type { RequestDetail, RowOf } from '../../core/projection/rows.ts';
import type { AwaitedFact, Verdict } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import { HEADS } from '../../core/source/remote.ts';
import type { ArtifactState } from '../../core/vocabulary.ts';
import type { PublishedCommit } from '../../ports/index.ts';
import type { Home } from './home.ts';
import { reject, when } from './verdict.ts';

type Told = PublishedCommit & { artifact: string; session: string; approval: string | null };

/** Exactly what the approval is about, as far as that is known here: nothing is published under one of a command. */
export const isTarget = (
  { operation, target }: Pick<RowOf<'approvals'>, 'operation' | 'target'>,
  { repository, branch, commit }: PublishedCommit,
): boolean =>
  target === null
    ? operation === 'source.publish'
    : target.remote === repository && target.ref === `${HEADS}${branch}` && target.commit === commit;

/** A work product is told of by the one who told of it first, and under an approval only as what that is about. */
export const ofArtifact = (home: Home, m: Message<Told>): Verdict | null => {
  const { artifact, session, approval } = m.body;
  const row = home.tables.get('artifacts', artifact);
  if (row && row.by !== m.from) return reject('not_yours');
  const approved = approval === null ? undefined : home.tables.get('approvals', approval);
  const isOther = approved !== undefined && (approved.session !== session || !isTarget(approved, m.body));
  return when(isOther, reject('wrong_subject'));
};

/** Each state of a work product is told once. */
export const artifactDedup = (artifact: string, state: ArtifactState): string =>
  state === 'published' ? `artifact:${artifact}` : `artifact:${artifact}:${state}`;

/** What was asked of whom in a session, attempt by attempt: at a requester the node's key, at the Host its name. */
export const requestsOf = (home: Home, session: string): (RequestDetail & { attempt: number })[] =>
  home.tables
    .list('transitions', { kind: 'session', id: session })
    .flatMap(({ detail, attempt }) => (detail !== null && 'node' in detail ? [{ ...detail, attempt }] : []));

export const isAsked = (home: Home, session: string, node: string): boolean =>
  requestsOf(home, session).some((detail) => detail.node === node);

/** Of a session that I launched, by a key that I gave it to. */
export const ofSession = (home: Home, m: Message<{ session: string }>): Verdict | null => {
  if (!home.tables.get('sessions', m.body.session)) return reject('no_session');
  return when(!isAsked(home, m.body.session, m.from), reject('not_yours'));
};

/** The same; at an approver, who did not launch it, by who asked them about it. */
export const ofWork = (home: Home, m: Message<{ session: string }>): Verdict | null => {
  const { session } = m.body;
  if (home.tables.get('sessions', session)) return ofSession(home, m);
  return when(home.tables.count('approvals', { session, node: m.from }) === 0, reject('no_session'));
};

/** Whose business a commit of a session is: whoever launched it, and who was asked to approve a commit of it. */
export const mayPublish = (home: Home, { id, requester }: RowOf<'sessions'>, person: string): boolean =>
  requester === person ||
  home.tables
    .list('approvals', { session: id, operation: 'source.publish' })
    .some((one) => home.tables.get('approval_requests', one.id, person) !== undefined);

/** Of whom the attempt was asked; at an approver, who alone has it from elsewhere, of who asked about its session. */
export const isOfAttempt = (
  home: Home,
  { session, attempt, by }: { session: string; attempt: number; by: string },
): boolean =>
  home.tables.get('sessions', session)
    ? requestsOf(home, session).some((one) => one.node === by && one.attempt === attempt)
    : home.tables.count('approvals', { session, node: by }) > 0;

/** To whoever launched this attempt at this key, or was asked by it about something of the session. */
export const ofTurn = (home: Home, m: Message<{ session: string; attempt: number }>): Verdict | null => {
  const isKnown = home.tables.get('sessions', m.body.session) !== undefined;
  const isTheirs = isOfAttempt(home, { ...m.body, by: m.from });
  return when(!isTheirs, reject(isKnown ? 'not_yours' : 'no_session'));
};

/** A runner took this node, or may have: what it says of its acceptance can come later than what it says of the work. */
export const mayRun = (home: Home, runner: string, node: string): boolean =>
  home.tables
    .list('assignments', { node })
    .some((row) => row.runner === runner && (row.pubkey !== null || row.state === 'offered'));

/** What is early waits for what begins it. */
export const awaitsSession = (awaits: AwaitedFact): Verdict => ({
  is: 'hold',
  reason: 'awaits_session',
  awaits,
});

/** At the Host: about a session that this runner told of; in any order, so what is early waits for that. */
export const ofRunner = (home: Home, m: Message<{ session: string }>): Verdict | null => {
  const { session } = m.body;
  if (requestsOf(home, session).some(({ node }) => !mayRun(home, m.from, node))) return reject('not_yours');
  const told = home.tables.count('transitions', { kind: 'session', id: session, by: m.from });
  return when(told === 0, awaitsSession(`session ${session}`));
};
