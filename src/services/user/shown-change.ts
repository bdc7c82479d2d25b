/** The change that an approval is about, from the bytes that came, with every digest that can be computed again here. */

import { slicing } from '../../core/in-slices.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { isLargeChange, recomputing, refuseKeptBack } from '../../core/source/change-document.ts';
import type { ChangedSide } from '../../core/source/changes.ts';
import { diffingText } from '../../core/source/diff-text.ts';
import { oneStep } from '../../core/steps.ts';
import type { ChangeAsk } from '../../core/vocabulary.ts';
import { arrivedBlobs } from './arrived.ts';
import type { ChangeView, SideView } from './change-view.ts';
import { groupedChange, type TextOfFile } from './grouped-change.ts';
import { withOldContents } from './old-contents.ts';
import { signedDocument } from './signed-document.ts';
import type { User } from './user.ts';

/** Digests of the list of files, and of the document that is shown. */
type ShownSubject = { changes: string; hunks: string };

/** Refuses to show what does not fit the subject. `deadline` on the monotonic clock. */
export const shownChange = async (
  user: User,
  { subject, diff }: Pick<BodyOf<'approval.request'>, 'diff'> & { subject: ShownSubject },
  { what, deadline }: { what: ChangeAsk; deadline: number },
): Promise<ChangeView> => {
  const { sha256 } = user.home.suite;
  const parts = await arrivedBlobs(user, 'the change', diff, deadline);
  const run = slicing(user.home.clock);
  const { base, files } = await run(signedDocument(parts, subject, what, sha256));
  refuseKeptBack(files);
  const isLarge = isLargeChange(files);
  const shown: TextOfFile[] = [];
  for await (const [file, old] of withOldContents(user, base, files)) {
    const recomputed = await run(recomputing(file, old, sha256, isLarge));
    const { text, added, removed } = await run(diffingText(file, recomputed, sha256));
    const view = { path: file.path, added, removed, shown: file.as, recomputed };
    shown.push({ view: { ...view, old: sideView(file.old), new: sideView(file.new) }, text });
  }
  return {
    ...(await run(oneStep(() => groupedChange(shown)))),
    bytes: files.reduce((sum, file) => sum + (file.new?.size ?? 0), 0),
  };
};

const sideView = (side: ChangedSide | null): SideView =>
  side && { mode: side.mode, size: side.size, digest: `sha256:${side.sha256}` };
