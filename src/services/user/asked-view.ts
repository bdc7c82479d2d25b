/** What is shown of anything that a node puts to this person about a change: from the bytes themselves, and from signed bodies. */
import { canonicalize } from '../../core/encoding/canonical.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Allowed } from './allowed.ts';
import type { ChangeView } from './change-view.ts';
import { nameOf } from './peers.ts';
import {
  type AttachedView,
  attachedViews,
  launcherOf,
  type Signer,
  shownTask,
  signerOf,
} from './shown-task.ts';
import type { User } from './user.ts';

type Facts = {
  id: string;
  /** The message that asks: it names what is shown, and what this person signs answers it. */
  request: string;
  session: string;
  node: string;
  /** All of it: what was asked of the node, as it says. */
  task: string;
  /** What went with it, as the node says. */
  attached: AttachedView[];
  asker: Signer;
  launcher: Signer;
  /** Names that the task came through: the first asked for it first, the one before the last asked this node. */
  path: string[];
  expires: string;
  /** What is signed as canonical JSON, whose digest follows. */
  subject: string;
  subjectDigest: string;
};
export type AskedView = Facts & { state: string; title: string; allowed: Allowed | null };
/** Of what asks about a commit. */
export type AskedCommit = { commit: string } & ChangeView;

type Asked = {
  row: { id: string; session: string; node: string };
  body: BodyOf<'approval.request'> | BodyOf<'review.request'>;
  message: string;
  /** On the monotonic clock. */
  deadline: number;
};

/** With the task as its bytes have it: nothing is taken from what the node says about it. */
export const askedView = async (user: User, { row, body, message, deadline }: Asked): Promise<Facts> => {
  const task = await shownTask(user, body, row.node, deadline);
  return {
    ...{ id: row.id, request: message, session: row.session, node: nameOf(user.home, row.node) },
    task,
    attached: attachedViews(body),
    asker: signerOf(user.home, row.node),
    launcher: launcherOf(user, body),
    path: body.path,
    expires: shownTime(body.subject.expiresAt),
    subject: canonicalize(body.subject),
    subjectDigest: `sha256:${body.subjectDigest}`,
  };
};
