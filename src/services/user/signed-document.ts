/** The document that shows a change, where it is the one that its approval or review signs. */
import { concat, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { type ChangeDocument, readingDocument } from '../../core/source/change-document.ts';
import { changesDigest, type Sha256 } from '../../core/source/changes.ts';
import type { Steps } from '../../core/steps.ts';
import type { ChangeAsk } from '../../core/vocabulary.ts';

/** Refuses another document than the one whose digests are signed. */
export function* signedDocument(
  parts: readonly Uint8Array[],
  { hunks, changes }: { hunks: string; changes: string },
  what: ChangeAsk,
  sha256: Sha256,
): Steps<ChangeDocument> {
  const document = yield* readingDocument(parts);
  yield;
  const bytes = concat(...parts);
  yield;
  const isShown = toHex(sha256(bytes)) === hunks;
  yield;
  if (isShown && changesDigest(document.files, sha256) === changes) return document;
  throw new EntangleError('invalid', `the received change does not match the ${what}’s digest`, {
    hint: WRONG[what],
  });
}

const WRONG: Readonly<Record<ChangeAsk, string>> = {
  approval: 'reject it: `entangle user reject`',
  review: 'say so: `entangle user review REVIEW --changes -m "…"`',
};
