/** The whole check of a ledger, on demand: beside whoever serves it, with no lock and no mark. */
import type { Suite } from '../../core/crypto/suite.ts';
import { EntangleError } from '../../core/errors.ts';
import { GENESIS, type Head, type Line, verifyNext } from '../../core/ledger/line.ts';
import { verifySignature } from '../../core/nostr/event.ts';
import { openRegular } from '../system/files.ts';
import { LedgerDamage, lastSegment, readPieces, type ScanEnd, scan } from './read.ts';

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
