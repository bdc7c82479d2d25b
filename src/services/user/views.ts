/** What a person sees of their sessions and open questions. */

import { sumUsage } from '../../core/acp/usage.ts';
import { shortId } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { landsOn } from '../../core/source/workspace-names.ts';
import { CALL_OPERATIONS } from '../../core/vocabulary.ts';
import { isTarget } from '../messaging/attribution.ts';
import { isCutOffFrom } from '../messaging/authorization-context.ts';
import { isOpenGrant } from '../messaging/grants.ts';
import type { Home } from '../messaging/home.ts';
import { answeredBy } from './answered-by.ts';
import { askedRow } from './asked-row.ts';
import { isPeer, isRunningPeer, nameOf, peersOf, runsNowhere } from './peers.ts';
import { questionRow, questionsForMe, questionsOf } from './questions.ts';
import { reviewRow, reviewsForMe, reviewsOf } from './reviews.ts';

/** Tables of what a person has open. */
export type WorkTable = 'sessions' | 'approvals';

type Session = RowOf<'sessions'>;
type Approval = RowOf<'approvals'>;

/** The graph has no edge to the node any more: its owner ends the session, and can tell this person nothing. */
export const isCutOff = (home: Home, row: Session): boolean => {
  const self = home.self.pubkey;
  return row.open === 1 && row.requester === self && isCutOffFrom(home, self, nameOf(home, row.node));
};

/** As people see it: while its turn waits for a call, it waits for them. */
export const shownState = (home: Home, row: Session): Session['state'] => {
  if (isCutOff(home, row)) return 'failed';
  const asked = { session: row.id, node: row.node, open: 1 } as const;
  const isAsked = CALL_OPERATIONS.some(
    (operation) => home.tables.count('approvals', { ...asked, operation }) > 0,
  );
  const isWaiting = row.state === 'active' && isAsked;
  return isWaiting ? 'waiting_approval' : row.state;
};

type Place = Pick<RowOf<'artifacts'>, 'approval' | 'repository' | 'branch'> & { commit: string };

/** This person approved exactly that: all else about it is its node's word. */
export const isSignedByMe = (home: Home, made: Place): boolean => {
  const approval = made.approval === null ? undefined : home.tables.get('approvals', made.approval);
  const isMine = approval !== undefined && ownDecision(home, approval).decision === 'approved';
  return isMine && approval.target !== null && isTarget(approval, made);
};

export const sessionView = (home: Home, row: Session) => {
  const published = home.tables.list('artifacts', { session: row.id, state: 'published' });
  const artifacts = published.map((one) => ({
    id: one.id,
    repository: one.repository,
    branch: one.branch,
    commit: one.commit_id,
    approval: one.approval,
    state: one.state,
    isSigned: isSignedByMe(home, { ...one, commit: one.commit_id }),
  }));
  const isOver = isCutOff(home, row);
  const usage = sumUsage(
    home.tables
      .list('transcripts', { session: row.id, by: row.node })
      .flatMap(({ told }) => told.usage ?? []),
  );
  return {
    id: row.id,
    node: nameOf(home, row.node),
    requester: nameOf(home, row.requester),
    title: row.title,
    state: shownState(home, row),
    reason: isOver ? 'edge_removed' : row.reason,
    nobodyRuns: runsNowhere(home, row),
    attempt: row.attempt,
    since: shownTime(row.at),
    commit: row.detail?.commit ?? null,
    summary: row.detail?.summary ?? null,
    /** What agents told of its turns. */
    ...(usage.turns > 0 && { usage }),
    approvals: home.tables.list('approvals', { session: row.id }).map((one) => ({
      id: one.id,
      operation: one.operation,
      state: approvalState(home, one),
      session: row.id,
      subjectDigest: `sha256:${one.subject}`,
      ...grantedBy(home, one),
    })),
    questions: questionsOf(home, row.id).map((one) => questionRow(home, one)),
    /** Put to this person. */
    reviews: reviewsOf(home, row.id).map((one) => reviewRow(home, one)),
    artifacts,
  };
};

/**
 * What this person decided, and why. `acknowledged`: false while its node has not taken it, which it never does where
 * another home of this person came first; null where there is no decision, or its node's key is gone: nothing is sent to
 * it any more, whether it took it or not.
 */
export const ownDecision = (home: Home, row: Approval) => {
  const mine = home.tables.get('decisions', row.id, home.self.pubkey) ?? ownGrant(home, row);
  const { decision = null, reason = null } = mine ?? {};
  const isKnown = mine !== undefined && isPeer(home, row.node);
  const acknowledged = isKnown ? home.tables.get('outbox', mine.message) === undefined : null;
  return { decision, reason, acknowledged };
};

/** By what this person signed in advance: while that is good, and where it answered this. */
const ownGrant = (home: Home, { id, node, granted }: Approval) => {
  const own = (row: RowOf<'grants'> | undefined): row is RowOf<'grants'> =>
    row?.approver === home.self.pubkey && row.node === node;
  const used = home.tables.list('grant_uses', { approval: id }).map(({ grant }) => grant);
  const known = (ids: readonly string[]) => ids.flatMap((one) => home.tables.get('grants', one) ?? []);
  const grant =
    known(used).find(own) ??
    [...home.tables.list('grants', { approval: id }), ...known(granted)].find(
      (row) => own(row) && isOpenGrant(home, row),
    );
  if (!grant) return undefined;
  const by = answeredBy(home, { id, node }).join(', ') || `grant ${shortId(grant.id)}`;
  return { decision: 'approved' as const, reason: `by ${by}`, message: grant.message };
};

/** The grants by which it was approved, where it was. */
const grantedBy = (home: Home, row: Approval): { by?: string[] } => {
  const by = answeredBy(home, row);
  return by.length > 0 ? { by } : {};
};

export const approvalRow = (home: Home, row: Approval) => ({
  ...askedRow(home, row),
  operation: row.operation,
  /** The branch that others work on where that is written; null of all else. */
  landsOn: row.target && landsOn({ ref: row.target.ref, session: row.session }),
  state: approvalState(home, row),
  ...ownDecision(home, row),
  ...grantedBy(home, row),
});

/** The node key that asked is not a peer any more: nobody could act on a decision. */
export const isOrphaned = (home: Home, row: Approval): boolean => row.open === 1 && !isPeer(home, row.node);

/** The state of an approval in every view of it. */
export const approvalState = (home: Home, row: Approval): Approval['state'] =>
  isOrphaned(home, row) ? 'invalidated' : row.state;

/** Open, put to this person, and not decided by them yet. */
export const waitsForMe = (home: Home, row: Approval): boolean =>
  row.open === 1 &&
  !isOrphaned(home, row) &&
  ownDecision(home, row).decision === null &&
  home.tables.get('approval_requests', row.id, home.self.pubkey) !== undefined;

/** Peer by peer: what nodes asked that are peers no more may be without number, and nobody could act on a decision. */
export const approvalsForMe = (home: Home): Approval[] =>
  peersOf(home)
    .filter(isRunningPeer)
    .flatMap(({ pubkey }) => home.tables.list('approvals', { node: pubkey, open: 1 }))
    .filter((row) => waitsForMe(home, row));

const PAGE = 200;
type Page = { cursor?: number | undefined; size?: number | undefined };

/**
 * Approvals, questions and reviews that wait for this person and their open sessions, or all there are: newest first as they
 * came here, whatever their senders' clocks say. `next` is the cursor of the page that follows, null at the end.
 */
export const inbox = (home: Home, all: boolean, { cursor, size = PAGE }: Page = {}) => {
  const before = (row: { line: number }): boolean => cursor === undefined || row.line < cursor;
  const newest = {
    order: 'line',
    descending: true,
    ...(cursor === undefined ? {} : { after: cursor }),
  } as const;
  const some = { ...newest, limit: size + 1 };
  const approvals = all ? home.tables.list('approvals', {}, some) : approvalsForMe(home).filter(before);
  const questions = all ? home.tables.list('questions', {}, some) : questionsForMe(home).filter(before);
  const reviews = all ? home.tables.list('reviews', {}, some) : reviewsForMe(home).filter(before);
  const sessions = all
    ? home.tables.list('sessions', {}, some)
    : home.tables.list('sessions', { open: 1 }, newest).filter((row) => !isCutOff(home, row));
  const found = [
    ...approvals.map((row) => ({
      row,
      view: () => ({ what: 'approval' as const, ...approvalRow(home, row) }),
    })),
    ...questions.map((row) => ({
      row,
      view: () => ({ what: 'question' as const, ...questionRow(home, row) }),
    })),
    ...reviews.map((row) => ({
      row,
      view: () => ({ what: 'review' as const, ...reviewRow(home, row) }),
    })),
    ...sessions.map((row) => ({
      row,
      view: () => ({ what: 'session' as const, ...sessionView(home, row) }),
    })),
  ].sort((a, b) => b.row.line - a.row.line);
  const page = found.slice(0, size);
  return {
    items: page.map(({ view }) => view()),
    next: found.length > size ? `${page.at(-1)!.row.line}` : null,
  };
};
