/** Files that go with a task: what may be one. */

import { MAX_ATTACHED } from '../bounds.ts';
import { blobCount } from '../encoding/blobs.ts';
import { isWellFormed, utf8Length } from '../encoding/bytes.ts';
import { sanitize } from '../encoding/sanitize.ts';

export type Attached = { name: string; size: number; blobs: readonly string[] };

/** Of a name, as file systems have it. */
const MOST_NAME_BYTES = 255;
/** One that every file system takes, no shell takes for an option or a place, and that hides nothing. */
const isFileName = (name: string): boolean =>
  name.length <= MAX_ATTACHED.name &&
  utf8Length(name) <= MOST_NAME_BYTES &&
  /^(?![-. ~])[^/\\]+(?<![. ])$/.test(name) &&
  isWellFormed(name) &&
  sanitize(name) === name;

/** File systems are there that know neither capital letters nor how an accent is written. */
const sameName = (name: string): string => name.normalize('NFC').toLowerCase();

/** Why these cannot go with a task together, or null. */
export const attachedTrouble = (files: readonly Attached[]): string | null => {
  if (files.length > MAX_ATTACHED.files) return `at most ${MAX_ATTACHED.files} files can go with a task`;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_ATTACHED.bytes)
    return `attached files may have at most ${MAX_ATTACHED.bytes} bytes together, these have ${bytes}`;
  const quotes = files.reduce((sum, { name }) => sum + name.split('"').length - 1, 0);
  if (quotes > MAX_ATTACHED.quotes)
    return `the names of attached files may have at most ${MAX_ATTACHED.quotes} quotation marks together, these have ${quotes}`;
  const names = new Set<string>();
  for (const { name, size, blobs } of files) {
    if (!isFileName(name)) return `an attached file cannot be called "${name}"`;
    if (names.has(sameName(name))) return `two attached files are called "${name}"`;
    if (blobs.length !== blobCount(size)) return `"${name}" is not cut into its blobs`;
    names.add(sameName(name));
  }
  return null;
};
