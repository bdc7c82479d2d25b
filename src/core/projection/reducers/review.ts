/** Reviews: what a running turn asks a person, or another node, to look at, what they said of it, and when nobody waits for it any more. */
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import { isReviewClosed } from '../queries.ts';
import type { Tables } from '../rows.ts';
import { titleOf } from '../title.ts';
import { nameBlob, nameText } from './blobs.ts';
import { wasSignedBefore } from './registry.ts';
import { reduceRequest } from './session.ts';

export const reduceReviewRequest = (tables: Tables, told: LedgerMessage<BodyOf<'review.request'>>): void => {
  const { diff, size } = told.body;
  for (const part of diff) nameBlob(tables, part, told.from, told.to, size);
  nameText(tables, told);
  putReview(tables, told, told.body);
};

/** To a node it is work: a session is opened for it, and it gets the objects of the commit and no document. */
export const reduceReviewWork = (tables: Tables, told: LedgerMessage<BodyOf<'task.review'>>): void => {
  const { task, whole, review } = told.body;
  const { pack, subject } = review;
  for (const blob of pack.blobs) nameBlob(tables, blob, told.from, told.to, pack.size);
  putReview(tables, told, { ...review, review: subject.review, diff: [], task, whole });
  reduceRequest(tables, told);
};

type Put = Pick<
  BodyOf<'review.request'>,
  'review' | 'step' | 'subject' | 'subjectDigest' | 'diff' | 'size' | 'files' | 'note' | 'task' | 'whole'
>;
const putReview = (tables: Tables, told: LedgerMessage, put: Put): void => {
  const { review, step, subject, subjectDigest, diff, size, files, note, task, whole } = put;
  const { session, attempt } = subject;
  const before = tables.get('reviews', review);
  // One id, one review: of two that arrive in any order the same one stands
  if (before && before.message <= told.id) return;
  tables.put('reviews', {
    ...{ id: review, session, attempt, step, node: told.from, reviewer: told.to },
    ...{
      subject: subjectDigest,
      diff,
      size,
      files,
      title: titleOf(note ?? task),
      whole: whole?.sha256 ?? null,
    },
    ...{ expires: subject.expiresAt, message: told.id, at: told.at, open: 1 },
    line: before?.line ?? told.line,
  });
  foldReview(tables, review);
};

export const reduceReviewResult = (tables: Tables, told: LedgerMessage<BodyOf<'review.result'>>): void => {
  const { review, verdict, subjectDigest, reason, whole } = told.body;
  nameText(tables, told);
  const before = tables.get('verdicts', review, told.from);
  // One verdict a reviewer, as one decision an approver
  if (before && wasSignedBefore(before, told)) return;
  tables.put('verdicts', {
    ...{
      review,
      reviewer: told.from,
      verdict,
      subject: subjectDigest,
      reason: reason ?? (whole ? '' : null),
    },
    ...{ message: told.id, seq: told.seq?.n ?? 0 },
  });
  foldReview(tables, review);
};

export const reduceReviewClosed = (tables: Tables, { body }: LedgerMessage<BodyOf<'review.closed'>>): void =>
  foldReview(tables, body.review);

const foldReview = (tables: Tables, id: string): void => {
  const row = tables.get('reviews', id);
  if (!row) return;
  const isGiven = tables.get('verdicts', id, row.reviewer)?.subject === row.subject;
  tables.put('reviews', { ...row, open: isGiven || isReviewClosed(tables, row) ? 0 : 1 });
};
