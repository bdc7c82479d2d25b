/** Approvals: what was asked, what each person decided, and how the owner says it ended. */
import { approvalMachine } from '../../machines/approval.ts';
import { isTerminal, next } from '../../machines/machine.ts';
import type { ApprovalSubject } from '../../protocol/messages/a2a.ts';
import { publishOf, subjectTitle } from '../../protocol/subject.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { ApprovalState } from '../../vocabulary.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { ApprovedTarget, Tables } from '../rows.ts';
import { titleOf } from '../title.ts';
import { nameBlob, nameText, nameTranscript } from './blobs.ts';
import { wasSignedBefore } from './registry.ts';
import { isOf, putTransition } from './transitions.ts';

const targetOf = (subject: ApprovalSubject): ApprovedTarget | null => {
  const publish = publishOf(subject);
  return publish && { remote: publish.remote, ref: publish.ref, commit: publish.commit };
};

export const reduceApprovalRequest = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'approval.request'>>,
): void => {
  const {
    approval,
    session,
    subject,
    subjectDigest,
    diff,
    size,
    task,
    whole,
    files,
    launchedBy,
    path,
    grants = [],
  } = told.body;
  const before = tables.get('approvals', approval);
  tables.put('approval_requests', { approval, approver: told.to, message: told.id });
  for (const part of diff) nameBlob(tables, part, told.from, told.to, size);
  nameText(tables, told);
  nameTranscript(tables, told);
  tables.put('approvals', {
    id: approval,
    session,
    node: told.from,
    subject: subjectDigest,
    diff,
    size,
    files,
    title: titleOf(subjectTitle(subject) ?? task),
    whole: whole?.sha256 ?? null,
    launcher: launchedBy,
    operation: subject.operation,
    target: targetOf(subject),
    path,
    granted: grants,
    expires: subject.expiresAt,
    state: 'pending',
    // Put to several people, one message each: the first of them says when.
    at: before?.launcher ? Math.min(before.at, told.at) : told.at,
    open: 1,
    line: before?.line ?? told.line,
  });
  foldApproval(tables, approval);
};

export const reduceDecision = (tables: Tables, told: LedgerMessage<BodyOf<'approval.response'>>): void => {
  const { approval, decision, subjectDigest, reason } = told.body;
  nameText(tables, told);
  const before = tables.get('decisions', approval, told.from);
  // One decision an approver: a later one is kept in the ledger alone.
  if (before && wasSignedBefore(before, told)) return;
  tables.put('decisions', {
    approval,
    approver: told.from,
    decision,
    subject: subjectDigest,
    reason: reason ?? null,
    message: told.id,
    seq: told.seq?.n ?? 0,
  });
};

export const reduceApprovalClosed = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'approval.closed'>>,
): void => {
  const { approval, state, grants = [] } = told.body;
  for (const { grant, use } of grants) {
    const before = tables.get('grant_uses', grant, approval, told.from)?.use ?? use;
    tables.put('grant_uses', { grant, approval, by: told.from, use: Math.min(before, use) });
  }
  close(tables, approval, told.from, state);
};

/** At the Host an approval is known only from what its runner observed. */
export const reduceApprovalObserved = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'approval.observed'>>,
): void => {
  const { approval, session, operation, state, subjectDigest } = told.body;
  const before = tables.get('approvals', approval);
  if (told.dir === 'out') {
    if (state !== 'pending') close(tables, approval, told.from, state, TOLD);
    return;
  }
  const isFirst = `${subjectDigest} ${operation}` < `${before?.subject} ${before?.operation}`;
  if (!before || (before.launcher === '' && isFirst))
    tables.put('approvals', {
      id: approval,
      session,
      node: told.from,
      subject: subjectDigest,
      diff: [],
      size: 0,
      files: 0,
      title: '',
      whole: null,
      launcher: '',
      operation,
      target: null,
      path: [],
      granted: [],
      expires: 0,
      state: 'pending',
      at: 0,
      open: 1,
      line: before?.line ?? told.line,
    });
  if (state === 'pending') foldApproval(tables, approval);
  else close(tables, approval, told.from, state);
};

/** Of an ending: that its owner says so, or that its runner told the Host, where nobody may be left whom the owner could tell. */
const SAID = 1;
const TOLD = 2;
const close = (tables: Tables, approval: string, by: string, state: ApprovalState, step = SAID): void => {
  putTransition(tables, {
    kind: 'approval',
    id: approval,
    attempt: 1,
    step,
    by,
    state,
    reason: null,
    detail: null,
  });
  foldApproval(tables, approval);
};

/** An approval by which something was published was given, whether its owner could still say so or not. */
export const foldApproval = (tables: Tables, id: string): void => {
  const row = tables.get('approvals', id);
  if (!row) return;
  const [told] = tables.list('transitions', { kind: 'approval', id, attempt: 1, step: TOLD });
  const closing = tables.get('transitions', 'approval', id, 1, SAID, row.node) ?? told;
  const isClosing = closing && isOf('approval')(closing);
  const ended = isClosing ? (next(approvalMachine, 'pending', closing.state) ?? 'pending') : 'pending';
  const used = { approval: id, by: row.node, state: 'published' as const };
  const isUsed = row.operation === 'source.publish' && tables.count('artifacts', used) > 0;
  const state = ended === 'pending' && isUsed ? 'approved' : ended;
  tables.put('approvals', { ...row, state, open: isTerminal(approvalMachine, state) ? 0 : 1 });
};
