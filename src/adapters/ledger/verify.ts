/** The whole check of a ledger, on demand: beside whoever serves it, with no lock and no mark. */
import type { Suite } from '../../core/crypto/suite.ts';
import { EntangleError } from '../../core/errors.ts';
import { GENESIS, type Hash, type Head, type Line, verifyNext } from '../../core/ledger/line.ts';
import { readSegmentSeal, type SegmentSeal } from '../../core/ledger/mark.ts';
import { verifySignature } from '../../core/nostr/event.ts';
import { openRegular } from '../system/files.ts';
import { LedgerDamage, lastSegment, type PlacedLine, readPieces, type ScanEnd, scan } from './read.ts';
import { isSameSeal, notAsSealed, readSealText, SegmentTally, sealPath } from './seals.ts';

const NEWLINE = Uint8Array.of(0x0a);

export type VerifiedLedger = Head & {
  segments: number;
  /** How many of them are closed and have their seal: each was compared with it. */
  sealed: number;
  /** A last line that is being written, or that a crash left. */
  torn: boolean;
};

/** `verified` is told of each line that is right; `look` sees it before, and may find a fault in it; what `rest` gives is waited for before the next one. */
export type Verifying = {
  verified?: (line: number) => void;
  look?: (line: Line) => void;
  rest?: () => Promise<void> | undefined;
};

/**
 * Every line from the first on: its place in the chain, ids, signatures; and each segment with its seal, where it has
 * one. Throws at the first fault, with file, byte and line.
 */
export async function verifyLedger(
  directory: string,
  suite: Suite,
  { verified, look, rest }: Verifying = {},
): Promise<VerifiedLedger> {
  const seals = await sealTexts(directory);
  const own = new Set<string>();
  const tally = new SegmentTally();
  let [head, before]: Head[] = [GENESIS, GENESIS];
  let sealed = 0;
  const verify = (line: Line) => {
    before = head!;
    head = verifyNext(suite.sha256, before, line);
    for (const event of [line.event, line.seal])
      if (event !== undefined && !verifySignature(suite, event))
        throw new EntangleError('invalid', 'a signature in the line is wrong');
    look?.(line);
  };
  const each = ({ line, bytes, place }: PlacedLine) => {
    const closed = tally.add(place, before!, bytes, NEWLINE);
    if (closed !== null) sealed += compare(directory, closed, seals, suite, own);
    // What a home writes for itself, or sends, is signed by a key of it
    if (line.dir !== 'in') own.add(line.event.pubkey);
    verified?.(line.n);
  };
  const { torn } = await withLine(scan(directory, { segment: 1, offset: 0 }, { verify, each, rest }));
  return { ...head!, segments: await lastSegment(directory), sealed, torn: torn !== null };
}

/** Of closed segments, as they were before the first line was read. */
async function sealTexts(directory: string): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  const last = await lastSegment(directory);
  for (let segment = 1; segment < last; segment++) texts[segment] = readSealText(directory, segment);
  return texts;
}

/** How many seals it has; throws where it is one of another key, or says something else. */
function compare(
  directory: string,
  found: SegmentSeal,
  texts: readonly (string | undefined)[],
  suite: Suite,
  own: ReadonlySet<string>,
): number {
  const text = texts[found.segment];
  if (text === undefined) return 0;
  const seal = readSegmentSeal(suite, (by) => own.has(by), text);
  if (seal === null)
    throw new EntangleError('invalid', `${sealPath(directory, found.segment)} is no seal of this home`, {
      hint: 'restore the file from a backup, or remove it: the next start seals the segment again',
    });
  if (!isSameSeal(seal, found)) throw notAsSealed(directory, found.segment);
  return 1;
}

/** What is wrong in a segment whose bytes are not those that were sealed. */
export async function faultIn(directory: string, sha256: Hash, seal: SegmentSeal): Promise<EntangleError> {
  let head: Head = { n: seal.first - 1, chain: seal.before };
  const verify = (line: Line) => {
    head = verifyNext(sha256, head, line);
  };
  try {
    await withLine(scan(directory, { segment: seal.segment, offset: 0 }, { verify, each: () => {} }));
  } catch (error) {
    if (error instanceof LedgerDamage) return error;
    throw error;
  }
  return notAsSealed(directory, seal.segment);
}

/** Damage is told with its line too, which is counted only then. */
const withLine = async (scanning: Promise<ScanEnd>): Promise<ScanEnd> => {
  try {
    return await scanning;
  } catch (error) {
    if (!(error instanceof LedgerDamage)) throw error;
    const { path, offset, cause } = error;
    throw new LedgerDamage(path, offset, cause, 1 + (await linesBefore(path, offset)));
  }
};

const linesBefore = async (path: string, offset: number): Promise<number> => {
  const file = await openRegular(path);
  let lines = 0;
  try {
    for await (const { whole } of readPieces(file, 0, offset)) lines += Number(whole);
  } finally {
    await file.close();
  }
  return lines;
};
