/** What the Host is told beside the states of a session: exchanges of nodes, what was cut off, which files a turn has. */
import { judge } from '../../core/graph/edges.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { TYPES } from '../../core/protocol/types.ts';
import type { ConversationMove, EngineBreak, RecoveryKind, WorkType } from '../../core/vocabulary.ts';
import type { TurnEnd } from '../../ports/index.ts';
import type { Home } from '../messaging/home.ts';
import { linksOf } from '../messaging/links.ts';
import type { SaidOf } from '../messaging/send.ts';
import type { Runner } from './runner.ts';

type Session = Pick<RowOf<'sessions'>, 'id' | 'attempt'>;
/** Moves a session, said to its requester. */
export type TaskAnswer = 'task.accept' | 'task.update' | 'task.result';
type Exchanged = Draft<WorkType | TaskAnswer | 'review.result'>;
/** `session` is of the node that did it; `conversation` the one that the message is about. */
type Move = { session: string; conversation: string; attempt: number; move: ConversationMove };

/** Of a message to another agent; of one to a person nothing: what they asked and were told is in their session. */
export const conversationOf = (home: Home, of: Exchanged, { attempt, ...moved }: Move): SaidOf[] => {
  const peer = home.tables.list('peers', { owner: of.from, pubkey: of.to })[0];
  if (peer?.kind !== 'agent') return [];
  const carrying = judge(linksOf(peer, true), of.type, 'agent', TYPES);
  if (carrying.kind === 'denied') return [];
  const { relation } = carrying;
  const draft = (message: string): Draft => ({
    type: 'conversation.observed',
    from: home.self.pubkey,
    to: home.host,
    body: { ...moved, peer: peer.name, relation, message },
    dedup: `conversation:${moved.conversation}:${attempt}:${moved.move}`,
  });
  return [{ of, draft }];
};

type Recovery = { kind: RecoveryKind; turn?: number /** Tells it from the same before. */; time?: string };
export const recoveryDraft = (
  home: Home,
  { id, attempt }: Session,
  { kind, turn, time }: Recovery,
): Draft<'recovery.observed'> => ({
  type: 'recovery.observed',
  from: home.self.pubkey,
  to: home.host,
  body: { session: id, attempt, kind, ...(turn !== undefined && { turn }) },
  dedup: ['recovery', kind, id, attempt, turn ?? '', time ?? ''].join(':'),
});

/** Signals end a process with these, where a shell or a sandbox says so for it. */
const BY_SIGNAL = { least: 129, most: 192 };

/** Of an engine that did not choose its end; a turn that was cancelled is no break. */
export const breakOf = ({ reason, exitCode, isModeChanged }: TurnEnd): EngineBreak | null => {
  if (reason === 'failed' && isModeChanged) return 'mode_changed';
  if (reason === 'timed_out' || reason === 'output_limit' || reason === 'disk_limit') return 'engine_limited';
  const isSignalled = exitCode === null || (exitCode >= BY_SIGNAL.least && exitCode <= BY_SIGNAL.most);
  return reason === 'failed' && isSignalled ? 'engine_crashed' : null;
};

type Files = Omit<BodyOf<'source.observed'>, 'session' | 'attempt' | 'nonce'>;
export const tellSource = (
  { home, exchange }: Runner,
  { id, attempt }: Session,
  files: Files,
): Promise<void> =>
  exchange.send([
    {
      type: 'source.observed',
      from: home.self.pubkey,
      to: home.host,
      body: { session: id, attempt, ...files },
      // A turn that is repeated may have others
      dedup: ['source', id, attempt, files.turn, files.head.slice(0, 16), files.base.slice(0, 16)].join(':'),
    },
  ]);
