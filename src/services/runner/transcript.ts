/** What a turn printed, kept for whoever may ask for it: who launched its session, and who is asked to approve of it. */

import { MAX_BLOB_BYTES } from '../../core/bounds.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { MAX_TRANSCRIPT_BLOBS, type Transcript } from '../../core/protocol/messages/a2a.ts';
import { bytesWithoutPaths } from './kept-work.ts';
import type { Runner } from './runner.ts';

type Kept = Pick<RowOf<'turns'>, 'output' | 'printed' | 'transcript'>;

const plainOf = (runner: Runner, output: Uint8Array): Uint8Array =>
  bytesWithoutPaths(runner, output).subarray(0, MAX_TRANSCRIPT_BLOBS * MAX_BLOB_BYTES);

/** Its digest alone, where it cannot be kept. */
export const unkept = (runner: Runner, output: Uint8Array): Kept => ({
  output: toHex(runner.home.suite.sha256(plainOf(runner, output))),
  printed: 0,
  transcript: [],
});

/** As blobs, without the directories of this machine: its digest is of that. */
export const keepTranscript = async (runner: Runner, output: Uint8Array): Promise<Kept> => {
  const { blobs, suite } = runner.home;
  const plain = plainOf(runner, output);
  const transcript: string[] = [];
  for (let at = 0; at < plain.length; at += MAX_BLOB_BYTES)
    transcript.push(await blobs.put(plain.subarray(at, at + MAX_BLOB_BYTES)));
  return { output: toHex(suite.sha256(plain)), printed: plain.length, transcript };
};

/** Of the last turn of the attempt, where one ended and printed something: a message that has it lets its reader ask. */
export const transcriptOf = (
  { home }: Runner,
  { id, attempt }: Pick<RowOf<'sessions'>, 'id' | 'attempt'>,
): { transcript?: Transcript } => {
  const last = home.tables.list('turns', { session: id, attempt }).at(-1);
  if (!last || last.printed === 0) return {};
  const { turn, output: sha256, printed: size, transcript: blobs } = last;
  return { transcript: { attempt, turn, sha256, size, blobs } };
};
