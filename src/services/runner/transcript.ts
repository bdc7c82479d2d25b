/** What a turn printed, kept for whoever may ask for it: who launched its session, and who is asked to approve of it. */

import { MAX_BLOB_BYTES, MAX_TRANSCRIPT_BLOBS } from '../../core/bounds.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Transcript } from '../../core/protocol/messages/a2a.ts';
import { putInBlobs } from '../messaging/blobs.ts';
import { bytesWithoutPaths } from './kept-work.ts';
import { lastTurnOf, type Runner } from './runner.ts';

type Kept = Pick<RowOf<'turns'>, 'output' | 'printed' | 'transcript'>;

/** As blobs, without the directories of this machine: its digest is of that, and all there is of what cannot be kept. */
export const keepTranscript = async (runner: Runner, output: Uint8Array, what: string): Promise<Kept> => {
  const plain = bytesWithoutPaths(runner, output).subarray(0, MAX_TRANSCRIPT_BLOBS * MAX_BLOB_BYTES);
  const digest = toHex(runner.home.suite.sha256(plain));
  try {
    return { output: digest, printed: plain.length, transcript: await putInBlobs(runner.home, plain) };
  } catch (error) {
    // What was done is not done again because what it printed cannot be kept
    const why = error instanceof Error ? error.message : String(error);
    runner.home.log('warning', `what ${what} printed is not kept: ${why}`);
    return { output: digest, printed: 0, transcript: [] };
  }
};

/** Of the last turn of the attempt, where one ended and printed something: a message that has it lets its reader ask. */
export const transcriptOf = (
  { home }: Runner,
  { id, attempt }: Pick<RowOf<'sessions'>, 'id' | 'attempt'>,
): { transcript?: Transcript } => {
  const last = lastTurnOf({ home }, { id, attempt });
  if (!last || last.printed === 0) return {};
  const { turn, output: sha256, printed: size, transcript: blobs, usage } = last;
  return { transcript: { attempt, turn, sha256, size, blobs, ...(usage && { usage }) } };
};
