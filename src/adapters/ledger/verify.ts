/** The whole check of a ledger, on demand: beside whoever serves it, with no lock and no mark. */
import type { Suite } from '../../core/crypto/suite.ts';
import { EntangleError } from '../../core/errors.ts';
import { GENESIS, type Head, verifyNext } from '../../core/ledger/line.ts';
import { verifySignature } from '../../core/nostr/event.ts';
import { lastSegment, scan } from './read.ts';

export type VerifiedLedger = Head & {
  segments: number;
  /** A last line that is being written, or that a crash left. */
  torn: boolean;
};

/** Every line from the first on: its place in the chain, ids, signatures. Throws at the first fault, with file and byte. */
export async function verifyLedger(directory: string, suite: Suite): Promise<VerifiedLedger> {
  let head: Head = GENESIS;
  const { torn } = await scan(
    directory,
    { segment: 1, offset: 0 },
    {
      verify: (line) => {
        head = verifyNext(suite.sha256, head, line);
        for (const event of [line.event, line.seal])
          if (event !== undefined && !verifySignature(suite, event))
            throw new EntangleError('invalid', 'a signature in the line is wrong');
      },
      each: () => {},
    },
  );
  return { ...head, segments: await lastSegment(directory), torn: torn !== null };
}
