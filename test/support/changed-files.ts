/** Files as a turn changed them: their contents on both sides, made up by size and by what differs. */
import { utf8 } from '../../src/core/encoding/bytes.ts';
import type { ChangedFile, FileSide } from '../../src/core/source/changes.ts';

type Content = string | Uint8Array | null;
const side = (content: Content, mode: string) =>
  content === null ? null : { mode, bytes: typeof content === 'string' ? utf8(content) : content };

/** A file with what it held and holds; null where there is none. `modes`: git's, of both sides. */
export const changedFile = (
  path: string,
  old: Content,
  now: Content,
  modes = ['100644', '100644'],
): ChangedFile => ({ path, old: side(old, modes[0]!), new: side(now, modes[1]!) });

/** `n` lines, all different; `change` gives some of them another text. */
export const numberedRows = (n: number, change: Record<number, string> = {}): string =>
  Array.from({ length: n }, (_, i) => `${change[i] ?? `row ${i}`}\n`).join('');

/** The same in lines of a thousand characters: as many bytes in a hundredth of the lines. */
export const longRows = (n: number, change: Record<number, string> = {}): string =>
  Array.from({ length: n }, (_, i) => `${change[i] ?? `row ${i}`.padEnd(999, '.')}\n`).join('');

/** Bytes that are no text, always the same ones. */
export const noText = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 73 + (i >> 8) * 31;
  return bytes;
};

/** What is held of one side; null where there is none. */
export const contentOf = (one: FileSide | null): Uint8Array | null => {
  if (one !== null && !('bytes' in one)) throw new Error('its digest alone is held');
  return one === null ? null : one.bytes;
};
