/** What a test knows to be about a commit. */

import type { ApprovalSubject } from '../../src/core/protocol/messages/a2a.ts';
import type { PublishSubject } from '../../src/core/protocol/messages/publish-subject.ts';
import type { ApprovalView, PublishView } from '../../src/services/user/approval-view.ts';

export const ofPublish = (view: ApprovalView): PublishView => {
  if (view.operation !== 'source.publish') throw new Error('this approval is of a command');
  return view;
};

export const publishSubjectOf = (subject: ApprovalSubject): PublishSubject => {
  if (subject.operation !== 'source.publish') throw new Error('this approval is of a command');
  return subject;
};
