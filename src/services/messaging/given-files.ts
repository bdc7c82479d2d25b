/** Files that nodes give people: which of them a home takes. */
import { MAX_GIVEN } from '../../core/bounds.ts';
import { attachedTrouble } from '../../core/protocol/attached.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { isAsked } from './attribution.ts';
import type { Home } from './home.ts';
import { reject } from './verdict.ts';

/** What one node gave in a session, at the home of either end. */
export const givenIn = ({ tables }: Home, session: string, by: string): { files: number; bytes: number } => {
  const all = tables.list('files', { session, by });
  return { files: all.length, bytes: all.reduce((sum, { size }) => sum + size, 0) };
};
export const hasRoomForFile = (home: Home, session: string, by: string, size: number): boolean => {
  const { files, bytes } = givenIn(home, session, by);
  return files < MAX_GIVEN.files && bytes + size <= MAX_GIVEN.bytes;
};

/** Who approves for a node need not know the session: then it is any node's word, in the bounds of that node. */
export const ofFile = (home: Home, m: Message<BodyOf<'artifact.file'>>): Verdict | null => {
  const { artifact, session, file } = m.body;
  if (attachedTrouble([file]) !== null) return reject('bad_attachment');
  if (home.tables.get('sessions', session) && !isAsked(home, session, m.from)) return reject('not_yours');
  // One id, one file: nobody fetches another than they were told of
  const mine = home.tables.get('files', artifact);
  if (mine) return mine.message === m.id ? null : reject('wrong_subject');
  return hasRoomForFile(home, session, m.from, file.size) ? null : reject('too_many_files');
};
