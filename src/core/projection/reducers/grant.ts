/** Grants: which repeats a person answers in advance, and which of them they take back. What was used is in `approval.closed`. */
import { subjectTitle } from '../../protocol/subject.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { Tables } from '../rows.ts';
import { titleOf } from '../title.ts';
import { wasSignedBefore } from './registry.ts';

export const reduceGrant = (tables: Tables, told: LedgerMessage<BodyOf<'grant'>>): void => {
  const { grant, approval, scope, subject, subjectDigest, reach, uses, expiresAt } = told.body;
  const before = tables.get('grants', grant);
  // One id, one grant: another under it is kept in the ledger alone
  if (before && wasSignedBefore(before, told)) return;
  tables.put('grants', {
    ...{ id: grant, node: told.to, approver: told.from, scope, approval, subject: subjectDigest },
    ...{ session: subject.session, reach, operation: subject.operation, uses, expires: expiresAt },
    title: titleOf(subjectTitle(subject) ?? ''),
    ...{ message: told.id, at: told.at, seq: told.seq?.n ?? 0, line: before?.line ?? told.line },
  });
};

export const reduceGrantRevoke = (tables: Tables, told: LedgerMessage<BodyOf<'grant.revoke'>>): void => {
  tables.put('grant_revocations', { grant: told.body.grant, by: told.from });
};
