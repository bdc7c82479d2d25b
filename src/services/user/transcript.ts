/** All that an engine printed in a turn: the word of its node, fetched from there, and the very bytes that it signed for. */
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { isOfAttempt } from '../messaging/attribution.ts';
import type { Home } from '../messaging/home.ts';
import { arrivedBytes } from './arrived.ts';
import { nameOf } from './peers.ts';
import { pickSession } from './pick.ts';
import type { User } from './user.ts';

export type TranscriptView = {
  session: string;
  attempt: number;
  turn: number;
  node: string;
  /** Nobody but the node stands for it. */
  claimed: true;
  digest: string;
  size: number;
};

/** The newest, or that of a turn of the newest attempt that has one. */
const meant = (home: Home, session: string, turn: number | null): RowOf<'transcripts'> => {
  const told = home.tables.list('transcripts', { session }).filter((row) => isOfAttempt(home, row));
  const found = told.findLast((row) => turn === null || row.turn === turn);
  if (found) return found;
  if (turn === null && home.tables.get('sessions', session)?.state === 'active')
    throw new EntangleError(
      'not_found',
      `a turn of session ${session} is running: its transcript comes when it is over`,
      {
        hint: `see what it prints: \`entangle user trace ${session} --follow\``,
      },
    );
  throw new EntangleError(
    'not_found',
    turn === null
      ? `no turn of session ${session} told you of a transcript`
      : `turn ${turn} of session ${session} told you of no transcript`,
    { hint: `see what was signed: \`entangle user trace ${session}\`` },
  );
};

/** Refuses other bytes than those that the digest is of. */
export const fetchTranscript = async (
  user: User,
  id: string,
  turn: number | null,
  waitMs: number,
): Promise<{ view: TranscriptView; bytes: Uint8Array }> => {
  const { home } = user;
  const row = meant(home, pickSession(home, id), turn);
  const { sha256, size } = row.told;
  const bytes = await arrivedBytes(user, 'the transcript', row.told, waitMs);
  const { session, attempt, by } = row;
  const node = nameOf(home, by);
  const view = {
    session,
    attempt,
    turn: row.turn,
    node,
    claimed: true,
    digest: `sha256:${sha256}`,
    size,
  } as const;
  return { view, bytes };
};
