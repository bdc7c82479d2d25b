/** What a turn changed: as it is listed and signed, as it is shown, and once more just before it is published. */
import { toHex } from '../../core/encoding/bytes.ts';
import { partsOf, shownFiles, writeDocument } from '../../core/source/change-document.ts';
import { changesDigest } from '../../core/source/changes.ts';
import type { Repository } from '../../ports/index.ts';
import type { Runner } from './runner.ts';

export type DescribedChange = {
  /** Digest of the list. */
  changes: string;
  /** Digest of the document, and the document. */
  hunks: string;
  document: Uint8Array;
  files: number;
};

/** The same commits give the same digests; each file's old content with its hunks is found to give its new one. */
export const describeChange = async (
  { git, home }: Runner,
  repository: Repository,
  base: string,
  commit: string,
): Promise<DescribedChange> => {
  const { sha256 } = home.suite;
  const files = await shownFiles(git.changes(repository, base, commit), sha256);
  const document = writeDocument(base, files);
  return {
    changes: changesDigest(files, sha256),
    hunks: toHex(sha256(document)),
    document,
    files: files.length,
  };
};

/** Keeps the document for those who are asked; its blobs, in order. */
export const keepDocument = async ({ home }: Runner, document: Uint8Array): Promise<string[]> => {
  const digests: string[] = [];
  for (const part of partsOf(document)) digests.push(await home.blobs.put(part));
  return digests;
};

type Shown = { base: string; commit_id: string; changes: string; hunks: string };

/** Whether the commit in the store still is what was listed and shown. */
export const isAsShown = async (runner: Runner, repository: Repository, turn: Shown): Promise<boolean> => {
  const now = await describeChange(runner, repository, turn.base, turn.commit_id);
  return now.changes === turn.changes && now.hunks === turn.hunks;
};
