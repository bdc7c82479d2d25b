/** The tour as text. */
import { promptHere } from '../cli/kit/confirm.ts';
import { pairs } from '../cli/kit/render.ts';
import { showOnStderr } from '../cli/user/show-approval.ts';
import { isSigned } from '../cli/user/sign.ts';
import type { ApprovalView } from '../services/user/approval-view.ts';
import type { DemoResult } from './demo.ts';
import type { Step } from './ledger-tail.ts';

export const stepLine = (step: Step): string =>
  `  ${step.type.padEnd(20)} signed by ${step.role.padEnd(7)} ${step.signer.slice(0, 16)}…  ${step.eventId.slice(0, 12)}`;

const NO_TERMINAL = 'run it without a terminal: the demo approves by itself';

/** Shows the whole change and asks at the terminal. */
export const personApproves = async (view: ApprovalView): Promise<boolean> => {
  await showOnStderr(view, async () => true);
  return isSigned(promptHere(false), view, NO_TERMINAL, 'reject it');
};

export const demoLines = ({ session, approval, artifact, ledger }: DemoResult): string =>
  pairs([
    ['session', `${session.id} ${session.state}`],
    ['pushed', `commit ${artifact.commit} to ${artifact.branch}`],
    ['approval', `${approval.id} ${approval.decision}, signed by ${approval.approver}`],
    ['subject', approval.subjectDigest],
    ['ledgers', `${ledger.verified} of ${ledger.events} signed events verified`],
    ['next', '`entangle up` in a git repository of yours: the same there, on one screen'],
  ]);
