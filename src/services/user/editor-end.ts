/** How a task ended, for an editor: in words, and as the reason for which the prompt is over. */
import type { SessionUpdate } from '@agentclientprotocol/sdk';
import type { StopReason } from '../../core/acp/words.ts';
import type { SessionState } from '../../core/vocabulary.ts';
import type { EditorVoice } from './editor-voice.ts';
import type { sessionView } from './views.ts';

type End = Pick<ReturnType<typeof sessionView>, 'id' | 'node' | 'state' | 'reason' | 'summary' | 'artifacts'>;

const STOPS: Partial<Record<SessionState, StopReason>> = {
  cancelled: 'cancelled',
  budget_exceeded: 'max_turn_requests',
};
/** A task that failed ended its turn too: the words say how. */
export const stopOf = ({ state }: Pick<End, 'state'>): StopReason => STOPS[state] ?? 'end_turn';

const WORDS: Partial<Record<SessionState, string>> = {
  completed: 'has done it',
  failed: 'failed',
  cancelled: 'ended it: cancelled',
  timed_out: 'ran out of time',
  budget_exceeded: 'used up its turns',
};

/** `hasTrace`: what it printed was told, and its summary is the end of that. */
export const endUpdates = (
  voice: EditorVoice,
  { id, node, state, reason, summary, artifacts }: End,
  hasTrace: boolean,
): SessionUpdate[] => {
  const isDone = state === 'completed';
  const why = [...(reason ? [reason] : []), ...(summary && !(isDone && hasTrace) ? [summary.trimEnd()] : [])];
  return [
    voice.said(`${node} ${WORDS[state] ?? state} (\`entangle user show ${id}\`).`),
    ...(why.length > 0 ? [voice.quoted(why.join('\n'))] : []),
    ...artifacts.flatMap((one) => [
      voice.said(one.isSigned ? 'Published, exactly as you approved it:' : 'Published, as its node says:'),
      voice.quoted(`commit ${one.commit}\nbranch ${one.branch}\nof ${one.repository}`),
      voice.said(`Get it with \`entangle user artifact fetch ${one.id}\`.`),
    ]),
    voice.said('What you write next is another task, which knows nothing of this one.'),
  ];
};
