/** Whether an approval has the touch that the policy of its node wants of who gives it. */
import { isTouched } from '../../core/evidence/touch.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from './home.ts';

/** As the newest routes have policy and keys; true where no touch is wanted. */
export const hasTouched = (
  { tables, suite }: Home,
  { node, operation, subject }: RowOf<'approvals'>,
  { from, body }: Message<BodyOf<'approval.response'>>,
): boolean => {
  if (!tables.get('routes', node)?.approval[operation]?.assurance) return true;
  const [by] = tables.list('peers', { owner: node, pubkey: from });
  return isTouched(suite, body.sshsig, subject, by?.ssh ?? []);
};
