/** A home's own word that its ledger was verified up to a place: the next start goes on from there (docs/design.md §7). */
import * as z from 'zod';
import type { Suite } from '../crypto/suite.ts';
import { count, hex } from '../encoding/schema.ts';
import { type OwnWordSigner, readOwnWord, readUnsigned, writeOwnWord } from './own-word.ts';

const segment = z.int().min(1).max(999_999);
/** What the chain was before the segment's first line, whose number is `first`. */
const beginning = { segment, first: z.int().min(1), before: hex(32) };
/** The last line, with its chain value. */
const head = { n: z.int().min(1), chain: hex(32) };

/**
 * The last line that was verified; the place behind it; the digest of the segment's bytes before that place, and of the texts of the
 * seals of all segments before it, one after the other.
 */
const MARK = {
  type: 'ledger.mark',
  shape: z.strictObject({ ...head, ...beginning, offset: count, sha256: hex(32), seals: hex(32) }),
};
export type Mark = z.infer<typeof MARK.shape>;

/** A segment that is closed, as it was verified: its lines, how many bytes, and their digest. */
const SEAL = {
  type: 'ledger.seal',
  shape: z.strictObject({ ...head, ...beginning, bytes: z.int().min(1), sha256: hex(32) }),
};
export type SegmentSeal = z.infer<typeof SEAL.shape>;

/** The mark as it stands in its file. */
export const writeMark = (suite: Suite, mark: Mark, signer: OwnWordSigner): string =>
  writeOwnWord(suite, MARK, mark, signer);

/** Null for anything but a mark that one of these keys signed. */
export const readMark = (suite: Suite, isOwn: (pubkey: string) => boolean, text: string): Mark | null =>
  readOwnWord(suite, MARK, isOwn, text);

/** The seal as it stands in its file. */
export const writeSegmentSeal = (suite: Suite, seal: SegmentSeal, signer: OwnWordSigner): string =>
  writeOwnWord(suite, SEAL, seal, signer);

/** Null for anything but a seal that one of these keys signed. */
export const readSegmentSeal = (
  suite: Suite,
  isOwn: (pubkey: string) => boolean,
  text: string,
): SegmentSeal | null => readOwnWord(suite, SEAL, isOwn, text);

/** A seal whose bytes the mark has the digest of. */
export const readMarkedSeal = (text: string): SegmentSeal | null => readUnsigned(SEAL, text);
