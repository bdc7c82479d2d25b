/** The whole check of a ledger, on demand: beside whoever serves it, with no lock and no mark. */
import type { Suite } from '../../core/crypto/suite.ts';
import { EntangleError } from '../../core/errors.ts';
import { GENESIS, type Hash, type Head, type Line, verifyNext } from '../../core/ledger/line.ts';
import type { SegmentSeal } from '../../core/ledger/mark.ts';
import { verifySignature } from '../../core/nostr/event.ts';
import { openRegular } from '../system/files.ts';
import { damaged, LedgerDamage, lastSegment, readPieces, type ScanEnd, scan, segmentPath } from './read.ts';
import { NOT_SEALED } from './seals.ts';

export type VerifiedLedger = Head & {
  segments: number;
  /** A last line that is being written, or that a crash left. */
  torn: boolean;
};

/**
 * Every line from the first on: its place in the chain, ids, signatures. Throws at the first fault, with file, byte
 * and line. `verified` is told of each line that is right.
 */
export async function verifyLedger(
  directory: string,
  suite: Suite,
  verified: (line: number) => void = () => {},
): Promise<VerifiedLedger> {
  let head: Head = GENESIS;
  const verify = (line: Line) => {
    head = verifyNext(suite.sha256, head, line);
    for (const event of [line.event, line.seal])
      if (event !== undefined && !verifySignature(suite, event))
        throw new EntangleError('invalid', 'a signature in the line is wrong');
  };
  const { torn } = await withLine(
    scan(directory, { segment: 1, offset: 0 }, { verify, each: ({ line }) => verified(line.n) }),
  );
  return { ...head, segments: await lastSegment(directory), torn: torn !== null };
}

/** What is wrong in a segment whose bytes are not those that were sealed. */
export async function faultIn(directory: string, sha256: Hash, seal: SegmentSeal): Promise<LedgerDamage> {
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
  return damaged(segmentPath(directory, seal.segment), 0, NOT_SEALED);
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
