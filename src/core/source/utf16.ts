/** Text files in UTF-16, as some programs of Windows write them: told by their mark, and only where nothing is lost. */
import { utf8 } from '../encoding/bytes.ts';
import { isText } from './text.ts';

const ENCODINGS = [
  { name: 'UTF-16 (little-endian)', mark: [0xff, 0xfe], label: 'utf-16le' },
  { name: 'UTF-16 (big-endian)', mark: [0xfe, 0xff], label: 'utf-16be' },
] as const;

export type DecodedText = { encoding: string; bytes: Uint8Array };

/**
 * The text as UTF-8, without its mark. Null for what can be read as it stands: a mark before a script of plain bytes, which
 * a shell runs, would else show signs in their place. Null too where a unit is half a character, or the text is none.
 */
export const decodedUtf16 = (bytes: Uint8Array): DecodedText | null => {
  const encoding = ENCODINGS.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte));
  if (encoding === undefined || isText(bytes)) return null;
  const decoder = new TextDecoder(encoding.label, { fatal: true });
  try {
    const decoded = utf8(decoder.decode(bytes));
    return isText(decoded) ? { encoding: encoding.name, bytes: decoded } : null;
  } catch {
    return null;
  }
};
