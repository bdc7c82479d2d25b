/** What an approval is of, told apart. */
import type { ApprovalSubject, PublishSubject } from './messages/a2a.ts';

/** Null for anything but a publication. */
export const publishOf = (subject: ApprovalSubject | undefined): PublishSubject | null =>
  subject?.operation === 'source.publish' ? subject : null;
