/** What a serving process found when it verified its ledger again: kept beside the segments, for whoever asks and the next start. */
import * as z from 'zod';
import { readShape } from '../encoding/read-shape.ts';
import { count } from '../encoding/schema.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { shownTime } from '../encoding/time.ts';

/** `at`: when it ended, in Unix milliseconds; `fault` names file and line, null where every line was right. */
const verificationShape = z.strictObject({
  at: count,
  lines: count,
  fault: z.string().max(4_096).nullable(),
});
export type Verification = z.infer<typeof verificationShape>;

/** Null for anything else. Nobody signs it: what it says costs time alone. */
export const readVerification = (text: string): Verification | null => {
  try {
    const read = readShape(verificationShape, parseStrict(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
};

export const writeVerification = ({ at, lines, fault }: Verification): string =>
  JSON.stringify({ at, lines, fault });

export type CheckedView = { at: string; lines: number; fault: string | null };
export const checkedView = (verification: Verification | null): CheckedView | null =>
  verification && { ...verification, at: shownTime(verification.at / 1000) };
