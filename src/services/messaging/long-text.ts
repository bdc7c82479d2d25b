/** Tasks and reasons of any length up to 64 KiB: what no message carries whole travels as a blob that the message names. */

import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import { fromUtf8, utf8, utf8Length } from '../../core/encoding/bytes.ts';
import { cutText } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import type { TextBlob } from '../../core/protocol/messages/task-body.ts';
import { fetchNamed, type WriterAndReader } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import type { Home } from './home.ts';

/** Bytes of its JSON, which a message quotes once more where it is evidence. */
const MOST_INLINE = 4000;
/** As much of it as the message itself has: its title, or what a list shows. */
const HEAD = 300;

/** A text as a message carries it: whole, or its beginning and the blob of all of it. */
export type CarriedText = { head: string; whole?: TextBlob | undefined };

/** Refuses in one sentence what would not travel, where a person typed it. */
export const requireCarried = (
  what: string,
  text: string,
  hint = 'put the details into a file of the repository and name it',
): string => {
  const bytes = utf8Length(text);
  if (bytes > MAX_TEXT_BYTES)
    throw new EntangleError('usage', `${what} may have at most ${MAX_TEXT_BYTES} bytes, this has ${bytes}`, {
      hint,
    });
  return text;
};

/** The part of a message's body that names the blob, where there is one. */
export const wholeOf = ({ whole }: CarriedText): { whole?: TextBlob } => (whole ? { whole } : {});

/** Keeps the blob of a long one, so that whom the message names it to can ask for it. */
export const carry = async (home: Home, text: string, most = MOST_INLINE): Promise<CarriedText> => {
  if (text.length <= most && utf8Length(JSON.stringify(text)) <= MOST_INLINE) return { head: text };
  const bytes = utf8(text);
  return { head: cutText(text, HEAD), whole: { sha256: await home.blobs.put(bytes), size: bytes.length } };
};

/** Bytes that are not what their message names: they never will be. Whatever else fails here may pass. */
export class WrongBytes extends EntangleError {
  constructor() {
    super('invalid', 'what came is not what its message names');
  }
}

/** The whole text; null while it is asked for. `WrongBytes` for bytes that do not begin as the message says. */
export const wholeText = async (
  home: Home,
  exchange: Pick<Exchange, 'send'>,
  reading: WriterAndReader,
  { head, whole }: CarriedText,
): Promise<string | null> => {
  if (!whole) return head;
  if (!(await fetchNamed(home, exchange, whole.sha256, reading))) return null;
  const bytes = await home.blobs.get(whole.sha256);
  if (!bytes) return null;
  const text = readable(bytes);
  if (bytes.length !== whole.size || text?.startsWith(head) !== true) throw new WrongBytes();
  return text;
};

const readable = (bytes: Uint8Array): string | null => {
  try {
    return fromUtf8(bytes);
  } catch {
    return null;
  }
};
