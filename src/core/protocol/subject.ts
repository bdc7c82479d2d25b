/** What an approval is of, told apart. */
import { commandTitle } from './command-title.ts';
import type { ApprovalSubject } from './messages/a2a.ts';
import type { PublishSubject } from './messages/publish-subject.ts';

/** Null for anything but a publication. */
export const publishOf = (subject: ApprovalSubject | undefined): PublishSubject | null =>
  subject?.operation === 'source.publish' ? subject : null;

/** What a list calls it; null where its task does. */
export const subjectTitle = (subject: ApprovalSubject): string | null => {
  if (subject.operation === 'source.publish') return null;
  if (subject.operation !== 'command.run' || subject.command === null) return subject.words;
  return commandTitle(subject.command);
};
