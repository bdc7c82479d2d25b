/** What is signed of a change, from its files: whoever has both commits computes the same. `run`: how the steps are taken. */
import { toHex } from '../encoding/bytes.ts';
import { atOnce, type Run, type Steps } from '../steps.ts';
import { type ShownFile, shownFiles, writingDocument } from './change-document.ts';
import { type ChangedFile, changesDigest, type Sha256 } from './changes.ts';

export type DescribedChange = {
  /** Digest of the list. */
  changes: string;
  /** Digest of the document, and the document. */
  hunks: string;
  document: Uint8Array;
  files: number;
  /** Of all files as they are now. */
  bytes: number;
};

export const describedChange = async (
  base: string,
  changed: AsyncIterable<ChangedFile>,
  sha256: Sha256,
  run: Run = atOnce,
): Promise<DescribedChange> => {
  const files = await shownFiles(changed, sha256, run);
  return run(describing(base, files, sha256));
};

function* describing(base: string, files: readonly ShownFile[], sha256: Sha256): Steps<DescribedChange> {
  const document = yield* writingDocument(base, files);
  yield;
  const hunks = toHex(sha256(document));
  yield;
  const changes = changesDigest(files, sha256);
  const bytes = files.reduce((sum, file) => sum + (file.new?.size ?? 0), 0);
  return { changes, hunks, document, files: files.length, bytes };
}
