/** `user trace --transcript`: as text that is safe on a terminal, or the bytes as they are in a file that was named. */
import * as Flags from '@oclif/core/flags';
import { placeFile } from '../../adapters/system/placed-file.ts';
import { MAX_TURNS } from '../../core/bounds.ts';
import { fetchTranscript, type TranscriptView } from '../../services/user/transcript.ts';
import type { User } from '../../services/user/user.ts';
import { newFile } from '../kit/new-file.ts';
import { counted } from '../kit/render.ts';
import { taskBlock } from './shown-task.ts';

export const TRACE_WORDS =
  'A line marked ✓ is a signed message that is kept. A line marked ≈ is what the node says its engine printed: it is shown as it comes to whoever launched the task or was asked for an approval. What the task gave away to other nodes is among it, as far as they asked this person. With --json each row is one value. All that a turn printed stays at its runner, for the same people, until its session is over and newer ones need the room: --transcript fetches it, compares it with the digest that the node signed, and shows it with its control characters written out; --output writes the bytes.';

export const transcriptFlags = {
  transcript: Flags.boolean({
    description: 'fetch all that a turn printed from its node, and show it',
    env: 'ENTANGLE_TRANSCRIPT',
    exclusive: ['follow'],
  }),
  turn: Flags.integer({
    description: 'turn whose transcript is meant, instead of the last',
    env: 'ENTANGLE_TURN',
    helpValue: 'N',
    min: 1,
    max: MAX_TURNS,
    dependsOn: ['transcript'],
  }),
  output: Flags.string({
    description: 'write the transcript, as it was printed, to this new file',
    env: 'ENTANGLE_OUTPUT',
    helpValue: 'FILE',
    dependsOn: ['transcript'],
  }),
};

/** `text` where no file was named: bytes that are not UTF-8 are replaced in it. */
export type ToldTranscript = TranscriptView & { text: string | null; file: string | null };

const WAIT_MS = 60_000;
export const tellTranscript = async (
  user: User,
  session: string,
  { turn = null, output }: { turn?: number | null | undefined; output: string | undefined },
): Promise<ToldTranscript> => {
  const file = await newFile(output);
  const { view, bytes } = await fetchTranscript(user, session, turn, WAIT_MS);
  if (file === null) return { ...view, text: new TextDecoder().decode(bytes), file };
  await placeFile(bytes, file);
  return { ...view, text: null, file };
};

/** Indented, as all that others wrote: no line of it reads as one of ours. */
export const transcriptText =
  (width: number) =>
  ({ text, file, ...view }: ToldTranscript): string => {
    const which = view.attempt > 1 ? ` of attempt ${view.attempt}` : '';
    const what = `≈ turn ${view.turn}${which}, as ${view.node} claims`;
    const head = `${what}: ${counted(view.size, 'byte')}, ${view.digest}`;
    if (file !== null) return `${head}\nwritten as it was printed: ${file}`;
    return `${head}\n\n${taskBlock(text ?? '', { width })}`;
  };
