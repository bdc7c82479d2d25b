/** Files that go with a task travel as blobs, which its message names to whom the task is for. */

import { cutIntoBlobs } from '../../core/encoding/blobs.ts';
import { concat, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { attachedTrouble } from '../../core/protocol/attached.ts';
import type { AttachedFile } from '../../core/protocol/messages/task-body.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { fetchNamed, type WriterAndReader } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import type { Home } from './home.ts';
import { WrongBytes } from './long-text.ts';

/** Keeps them, so that whom the task is for can ask for them; refuses in a sentence what cannot go with it. */
export const keepAttached = async (home: Home, files: readonly NamedBytes[]): Promise<AttachedFile[]> => {
  const cut = files.map(({ name, bytes }) => ({ name, bytes, pieces: cutIntoBlobs(bytes) }));
  const digest = (bytes: Uint8Array): string => toHex(home.suite.sha256(bytes));
  const named = cut.map(({ name, bytes, pieces }) => ({
    ...{ name, size: bytes.length, sha256: digest(bytes) },
    blobs: pieces.map(digest),
  }));
  const trouble = attachedTrouble(named);
  if (trouble !== null)
    throw new EntangleError('usage', trouble, {
      hint: 'give each a plain name of its own, and put what is too much where the agent can fetch it',
    });
  for (const { pieces } of cut) for (const piece of pieces) await home.blobs.put(piece);
  return named;
};

/** The part of a message's body that names them, where there are some. */
export const attachedOf = (files: readonly AttachedFile[] | undefined): { attached?: AttachedFile[] } =>
  files && files.length > 0 ? { attached: [...files] } : {};

/** With their bytes; null while some of them are asked for. `WrongBytes` for bytes that are not what the message names. */
export const fetchAttached = async (
  home: Home,
  exchange: Pick<Exchange, 'send'>,
  reading: WriterAndReader,
  files: readonly AttachedFile[] = [],
): Promise<NamedBytes[] | null> => {
  const blobs = files.flatMap((one) => one.blobs);
  const here: boolean[] = [];
  // Each is asked for before any of them is waited for
  for (const sha256 of blobs) here.push(await fetchNamed(home, exchange, sha256, reading));
  if (here.includes(false)) return null;
  const read: NamedBytes[] = [];
  for (const { name, size, sha256, blobs } of files) {
    const pieces = await Promise.all(blobs.map((one) => home.blobs.get(one)));
    const bytes = concat(...pieces.flatMap((piece) => (piece ? [piece] : [])));
    if (bytes.length !== size || toHex(home.suite.sha256(bytes)) !== sha256) throw new WrongBytes();
    read.push({ name, bytes });
  }
  return read;
};
