/** What is signed of a change, from its files: whoever has both commits computes the same. */
import { toHex } from '../encoding/bytes.ts';
import { shownFiles, writeDocument } from './change-document.ts';
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
): Promise<DescribedChange> => {
  const files = await shownFiles(changed, sha256);
  const document = writeDocument(base, files);
  return {
    changes: changesDigest(files, sha256),
    hunks: toHex(sha256(document)),
    document,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + (file.new?.size ?? 0), 0),
  };
};
