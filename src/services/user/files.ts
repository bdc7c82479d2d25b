/** Files that nodes gave this person: what they are, by whose word, and their bytes where the person wants them. */
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { arrivedBytes } from './arrived.ts';
import { nameOf } from './peers.ts';
import { pickFile } from './pick.ts';
import { type Signer, signerOf } from './shown-task.ts';
import type { User } from './user.ts';

/** All of it but the digest is its node's word, and so are the bytes. */
export type ListedFile = {
  file: string;
  session: string;
  node: string;
  name: string;
  media: string;
  size: number;
  sha256: string;
  words: string;
  at: string;
};
export type GivenFileView = ListedFile & { signer: Signer; message: string };

const listedFile = (home: Home, { id, session, by, file, media, words, at }: RowOf<'files'>): ListedFile => ({
  ...{ file: id, session, node: nameOf(home, by), name: file.name, media, size: file.size },
  ...{ sha256: file.sha256, words, at: shownTime(at) },
});

/** Of a session, as it came. */
export const filesOfSession = (home: Home, session: string): ListedFile[] =>
  home.tables.list('files', { session }, { order: 'line' }).map((row) => listedFile(home, row));

/** The newest first; so many at most. */
export const listFiles = ({ home }: User, most: number): ListedFile[] =>
  home.tables
    .list('files', {}, { order: 'line', descending: true, limit: most })
    .map((row) => listedFile(home, row));

/** Null where the id stands for no file. */
export const showFile = ({ home }: User, id: string): GivenFileView | null => {
  const row = pickFile(home, id);
  return row && { ...listedFile(home, row), signer: signerOf(home, row.by), message: row.message };
};

export type FetchedFile = ListedFile & {
  /** Where the person wanted it. */
  at: string;
};
/** `place` writes it where the person said: nothing else here names a place. Null where the id stands for no file. */
export const fetchFile = async (
  user: User,
  id: string,
  to: { path: string | null; place(bytes: Uint8Array, path: string): Promise<number> },
  waitMs: number,
): Promise<FetchedFile | null> => {
  const { home } = user;
  const row = pickFile(home, id);
  if (row === null) return null;
  if (to.path === null)
    throw new EntangleError('usage', 'it is a file: say where it shall be', {
      hint: `use \`entangle user artifact fetch ${row.id} --output FILE\``,
    });
  await to.place(await arrivedBytes(user, 'the file', row.file, waitMs), to.path);
  return { ...listedFile(home, row), at: to.path };
};
