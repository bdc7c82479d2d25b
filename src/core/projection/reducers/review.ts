/** Reviews: what a running turn asks a person to look at, what they said of it, and when nobody waits for it any more. */
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import { isReviewClosed } from '../queries.ts';
import type { Tables } from '../rows.ts';
import { titleOf } from '../title.ts';
import { nameBlob, nameText } from './blobs.ts';
import { wasSignedBefore } from './registry.ts';

export const reduceReviewRequest = (tables: Tables, told: LedgerMessage<BodyOf<'review.request'>>): void => {
  const { review, session, attempt, step, subject, subjectDigest, diff, size, files, note, task, whole } =
    told.body;
  for (const part of diff) nameBlob(tables, part, told.from, told.to, size);
  nameText(tables, told);
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
