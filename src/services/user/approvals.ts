/** Shows what an approval is about from the bytes themselves, and signs the decision. */
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { FileDiff } from '../../core/source/changes.ts';
import { changeList, changesDigest, decodeBundle, renderDiff } from '../../core/source/changes.ts';
import type { Decision } from '../../core/vocabulary.ts';
import { fetchBlob } from '../messaging/blobs.ts';
import { nowSeconds } from '../messaging/home.ts';
import { readBody } from '../messaging/read-event.ts';
import { nameOf, type User } from './user.ts';
import { isOrphaned } from './views.ts';

export type ApprovalView = {
  id: string;
  session: string;
  node: string;
  state: string;
  title: string;
  launchedBy: string;
  operation: string;
  remote: string;
  ref: string;
  commit: string;
  expectedHead: string | null;
  expires: string;
  subjectDigest: string;
  files: { path: string; added: number; removed: number; binary: boolean }[];
  bytes: number;
  diff: string;
  decision: string | null;
};

/** The request that was put to this person, and the id of its message. */
const requestOf = async (
  user: User,
  approval: RowOf<'approvals'>,
): Promise<{ body: BodyOf<'approval.request'>; message: string }> => {
  const asked = user.home.tables.get('approval_requests', approval.id, user.home.self.pubkey);
  const body = asked && (await readBody<BodyOf<'approval.request'>>(user.home, asked.message));
  if (!body) throw new EntangleError('not_found', 'you are not an approver of this');
  return { body, message: asked.message };
};

/** Recomputes every digest from the bytes that are shown; refuses to show what does not fit the subject. */
export const showApproval = async (
  user: User,
  approval: RowOf<'approvals'>,
  waitMs: number,
): Promise<ApprovalView> => {
  const { body } = await requestOf(user, approval);
  const { subject } = body;
  const files = await changesOf(user, body.diff, waitMs);
  const recomputed = changesDigest(changeList(files, user.home.suite.sha256), user.home.suite.sha256);
  if (recomputed !== subject.changes)
    throw new EntangleError('invalid', 'the received change does not match the approval’s digest', {
      hint: 'reject it: `entangle user reject`',
    });
  const diffs = renderDiff(files);
  const decided = user.home.tables.get('decisions', approval.id, user.home.self.pubkey);
  return {
    id: approval.id,
    session: approval.session,
    node: nameOf(user.home, approval.node),
    state: approval.state,
    title: body.title,
    launchedBy: nameOf(user.home, body.launchedBy),
    operation: subject.operation,
    remote: subject.remote,
    ref: subject.ref,
    commit: subject.commit,
    expectedHead: subject.expectedHead,
    expires: shownTime(subject.expiresAt),
    subjectDigest: `sha256:${body.subjectDigest}`,
    files: diffs.map(({ path, added, removed, binary }) => ({ path, added, removed, binary })),
    bytes: files.reduce((sum, file) => sum + (file.new?.length ?? 0), 0),
    diff: diffs.map((one: FileDiff) => one.text).join('\n'),
    decision: decided?.decision ?? null,
  };
};

const changesOf = async (user: User, sha256: string, waitMs: number) => {
  const deadline = user.home.clock.monotonic() + waitMs;
  let bytes = await user.home.blobs.get(sha256);
  while (!bytes && user.home.clock.monotonic() < deadline) {
    await fetchBlob(user.home, user.exchange, sha256);
    await user.until(() => false, 200);
    bytes = await user.home.blobs.get(sha256);
  }
  if (!bytes)
    throw new EntangleError('unavailable', 'the change has not arrived yet', {
      hint: 'try again when the runner is online',
    });
  if (toHex(user.home.suite.sha256(bytes)) !== sha256)
    throw new EntangleError('invalid', 'the change is damaged');
  return decodeBundle(bytes);
};

/** Signs one decision about one subject: the one with the digest that was `shown`, where something was. Refuses what is closed, expired or not put to this person. */
export const decide = async (
  user: User,
  approval: RowOf<'approvals'>,
  decision: Decision,
  { reason, shown }: { reason?: string | undefined; shown?: string } = {},
): Promise<{
  approval: string;
  decision: string;
  approver: string;
  subjectDigest: string;
  session: string;
}> => {
  const { home, exchange } = user;
  const { body, message } = await requestOf(user, approval);
  if (shown !== undefined && shown !== `sha256:${body.subjectDigest}`)
    throw new EntangleError('conflict', 'the approval changed while it was shown; nothing was signed', {
      hint: 'see it again with `entangle user show`',
    });
  const already = home.tables.get('decisions', approval.id, home.self.pubkey);
  if (already && already.decision !== decision)
    throw new EntangleError('conflict', `you already ${already.decision} this; a decision cannot be changed`);
  if (isOrphaned(home, approval))
    throw new EntangleError('conflict', 'the node that asked was replaced; its approval is void', {
      hint: 'wait for the approval of the new attempt: `entangle user inbox`',
    });
  if (approval.open === 0) throw new EntangleError('conflict', `this approval is closed (${approval.state})`);
  if (body.subject.expiresAt <= nowSeconds(home))
    throw new EntangleError('conflict', 'this approval has expired');
  await exchange.send([
    {
      type: 'approval.response',
      from: home.self.pubkey,
      to: approval.node,
      body: {
        approval: approval.id,
        decision,
        subject: body.subject,
        subjectDigest: body.subjectDigest,
        ...(reason ? { reason } : {}),
      },
      re: message,
      session: approval.session,
      dedup: `decide:${approval.id}`,
    },
  ]);
  return {
    approval: approval.id,
    decision,
    approver: npub(home.self.pubkey),
    subjectDigest: `sha256:${body.subjectDigest}`,
    session: approval.session,
  };
};
