/** Grants where a node counts votes: each is the vote of its person for equal requests, looked at when it is used. */
import type { RowOf } from '../../core/projection/rows.ts';
import { scopeOf } from '../../core/protocol/granting.ts';
import type { ApprovalSubject } from '../../core/protocol/messages/a2a.ts';
import type { UsedGrant } from '../../core/protocol/messages/row.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { GRANT_REACHES } from '../../core/vocabulary.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { isOpenGrant, usesOf } from '../messaging/grants.ts';
import { readBody } from '../messaging/read-event.ts';
import type { Runner } from './runner.ts';

type Approval = RowOf<'approvals'>;
type Grant = RowOf<'grants'>;

/** The subject as it was put to people. */
export const subjectPut = async (
  { home }: Runner,
  { id }: Approval,
): Promise<ApprovalSubject | undefined> => {
  const [asked] = home.tables.list('approval_requests', { approval: id }, { limit: 1 });
  return asked && (await readBody<BodyOf<'approval.request'>>(home, asked.message))?.subject;
};

/** Of an open request those that would answer it now, what ends first before the others; of a closed one those that did. */
export const grantsFor = async (runner: Runner, approval: Approval): Promise<Grant[]> => {
  const { home } = runner;
  const { id, node, open } = approval;
  if (open === 0)
    return home.tables
      .list('grant_uses', { approval: id })
      .filter((used) => used.by === node)
      .flatMap(({ grant }) => home.tables.get('grants', grant) ?? []);
  if (home.tables.count('grants', { node }) === 0) return [];
  const subject = await subjectPut(runner, approval);
  return subject ? grantsOf(runner, node, subject) : [];
};

/** Those that would answer it now, whether it was put to anybody or not. */
export const grantsOf = ({ home }: Runner, node: string, subject: ApprovalSubject): Grant[] =>
  GRANT_REACHES.map((reach) => scopeOf(home.suite, subject, node, reach))
    .flatMap((scope) => home.tables.list('grants', { node, scope }))
    .filter((one) => isOpenGrant(home, one) && !edgeDenial(home, node, one.approver, 'grant', false))
    .sort((a, b) => a.expires - b.expires || (a.id < b.id ? -1 : 1));

/** Which of its uses this is of each; null where one of them is good no more. */
export const nextUses = ({ home }: Runner, grants: readonly Grant[]): UsedGrant[] | null =>
  grants.every((one) => isOpenGrant(home, one))
    ? grants.map((one) => ({ grant: one.id, use: usesOf(home, one) + 1 }))
    : null;
