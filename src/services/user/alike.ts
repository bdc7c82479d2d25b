/**
 * Requests that ask a person for the same: shown as one, decided together, each signed for itself. What may differ are the
 * names of the one thing (its ids, its attempt, its commit, its branch as far as that is named after the session) and when
 * it expires; whatever is read of it is the same.
 */
import type { RowOf } from '../../core/projection/rows.ts';
import type { ApprovalView, PublishView } from './approval-view.ts';
import { isOfCommit } from './bound-words.ts';

type Approval = RowOf<'approvals'>;

/** As far as a list can tell; what it opens is compared whole. */
const keyOf = ({ node, launcher, path, title, whole, files, size, diff, target }: Approval): string =>
  JSON.stringify([node, launcher, path, title, whole, files, size, diff, target?.remote ?? null]);

/** Ids of those that look alike, as they came; only where there is more than one. */
export const alikeIds = (waiting: readonly Approval[]): string[][] => {
  const known = waiting.filter(({ target }) => target !== null).sort((a, b) => a.line - b.line);
  const groups = [...Map.groupBy(known, keyOf).values()].filter(({ length }) => length > 1);
  return groups.map((group) => group.map(({ id }) => id));
};

/** Of a subject that was verified, without the names of one request. */
const subjectOf = ({ subject, session }: PublishView): object => {
  const { approval, session: _, attempt, fence, expiresAt, commit, ref, ...rest } = JSON.parse(subject);
  return { ...rest, ref: String(ref).replaceAll(session, '') };
};

/** All that is shown of one and is no name of it. */
const shownOf = (view: PublishView): object => {
  const { task, node, attached, asker, launcher, path, allowed, operation, remote, files } = view;
  return {
    ...{ task, node, attached, asker, launcher, path, allowed, operation, remote, files },
    ...{ expectedHead: view.expectedHead, again: view.again },
    ...{ bytes: view.bytes, diff: view.diff, subject: subjectOf(view) },
  };
};

/** Commands are each decided alone: two that are spelled alike are two effects. */
export const isAlike = (one: ApprovalView, other: ApprovalView): boolean =>
  isOfCommit(one) && isOfCommit(other) && JSON.stringify(shownOf(one)) === JSON.stringify(shownOf(other));
