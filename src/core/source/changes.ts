/** What an approver is shown of a source change: the list that is signed, the bytes behind it, and their diff. */
import { structuredPatch } from 'diff';
import * as z from 'zod';
import {
  compare,
  equal,
  fromBase64,
  fromUtf8,
  isWellFormed,
  toBase64,
  toHex,
  utf8,
  utf8Length,
} from '../encoding/bytes.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { EntangleError } from '../errors.ts';
import { FILE_MODES } from '../vocabulary.ts';

/** One changed path between two commits; digests are sha256 hex of the file's bytes; null where the file is not there. */
export type Change = { path: string; mode: string; old: string | null; new: string | null };
/** The same with the bytes themselves. `mode` is the new one, or the old one of a removed file. */
export type ChangedFile = { path: string; mode: string; old: Uint8Array | null; new: Uint8Array | null };
type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The largest bundle (bytes) that travels to an approver: the size of one blob. */
export const MAX_BUNDLE = 1024 * 1024;
const MAX_FILES = 5000;

/** Orders paths as git does: by their UTF-8 bytes, which is not the order of JavaScript strings. */
export const comparePaths = (a: string, b: string): number => compare(utf8(a), utf8(b));

/** The list an approval signs: sorted by path, each file by its digests. */
export const changeList = (files: readonly ChangedFile[], sha256: Sha256): Change[] => {
  const digest = (bytes: Uint8Array | null) => (bytes === null ? null : toHex(sha256(bytes)));
  return sorted(files).map((f) => ({ path: f.path, mode: f.mode, old: digest(f.old), new: digest(f.new) }));
};

/** sha256 (hex) of the canonical JSON of a sorted change list. */
export const changesDigest = (changes: readonly Change[], sha256: Sha256): string =>
  toHex(sha256(utf8(canonicalize(changes))));

/** True for a path component that some file system takes for `.git` (case, trailing dots, 8.3 name, ignorable characters). */
export const isGitName = (name: string): boolean => {
  const plain = name.replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '').toLowerCase();
  return /^(?:\.git|git~[0-9]+)[ .]*(?::.*)?$/.test(plain);
};

/** Returns a path that is safe below a worktree on any file system, or refuses it (docs/threats.md T81). */
export const checkPath = (path: string): string => {
  const refuse = (why: string): never => {
    throw new EntangleError('invalid', `a changed path cannot be used: ${why}`, { details: [{ path }] });
  };
  if (path === '' || utf8Length(path) > 4096) refuse('it is empty or too long');
  if (/[\u0000-\u001f\u007f-\u009f\ufffd\\]/.test(path) || !isWellFormed(path)) {
    refuse('it has control characters, a backslash or bytes that are not UTF-8');
  }
  if (path.startsWith('/')) refuse('it is absolute');
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') refuse('it has an empty or dot segment');
    if (isGitName(part)) refuse('a part of it is ".git"');
    if (utf8Length(part) > 255) refuse('a part of it is too long');
  }
  return path;
};

const sorted = (files: readonly ChangedFile[]): ChangedFile[] => {
  const list = [...files].sort((a, b) => comparePaths(a.path, b.path));
  list.forEach((file, i) => {
    checkPath(file.path);
    if (!isMode(file.mode)) throw new EntangleError('invalid', 'a changed file has an unknown mode');
    if (i > 0 && list[i - 1]!.path === file.path)
      throw new EntangleError('invalid', 'a path is listed twice');
  });
  return list;
};

const isMode = (mode: string): boolean => (FILE_MODES as readonly string[]).includes(mode);

const tooLarge = (): EntangleError =>
  new EntangleError('invalid', 'the change is too large to show', {
    hint: 'split the change: an approval can show at most 1 MiB',
  });

/** The blob shown to an approver: canonical JSON with both contents of every changed file. */
export const encodeBundle = (files: readonly ChangedFile[]): Uint8Array => {
  const size = files.reduce((n, f) => n + f.path.length + (f.old?.length ?? 0) + (f.new?.length ?? 0), 0);
  if (size > MAX_BUNDLE || files.length > MAX_FILES) throw tooLarge();
  const list = sorted(files).map((f) => ({ path: f.path, mode: f.mode, old: pack(f.old), new: pack(f.new) }));
  const bytes = utf8(canonicalize({ v: 1, files: list }));
  if (bytes.length > MAX_BUNDLE) throw tooLarge();
  return bytes;
};

const content = z.string().max(MAX_BUNDLE).nullable();
const BUNDLE = z.strictObject({
  v: z.literal(1),
  files: z
    .array(
      z.strictObject({ path: z.string().max(4096), mode: z.enum(FILE_MODES), old: content, new: content }),
    )
    .max(MAX_FILES),
});

/** Reads a bundle; takes only the very bytes that `encodeBundle` would make, so two readers cannot see two things. */
export const decodeBundle = (bytes: Uint8Array): ChangedFile[] => {
  if (bytes.length > MAX_BUNDLE) throw tooLarge();
  const damaged = (cause?: unknown): EntangleError =>
    new EntangleError('invalid', 'the change bundle is damaged or not in its canonical form', { cause });
  let files: ChangedFile[];
  let again: Uint8Array;
  try {
    const bundle = BUNDLE.parse(JSON.parse(fromUtf8(bytes)));
    files = bundle.files.map((f) => ({ ...f, old: unpack(f.old), new: unpack(f.new) }));
    again = encodeBundle(files);
  } catch (cause) {
    throw cause instanceof EntangleError ? cause : damaged(cause);
  }
  if (!equal(again, bytes)) throw damaged();
  return files;
};

const pack = (bytes: Uint8Array | null): string | null => (bytes === null ? null : toBase64(bytes));
const unpack = (text: string | null): Uint8Array | null => (text === null ? null : fromBase64(text));

/** `text` is as the files have it, control characters and all: sanitize before showing. */
export type FileDiff = { path: string; added: number; removed: number; binary: boolean; text: string };

/** Unified diffs, one per file, in path order. */
export const renderDiff = (files: readonly ChangedFile[]): FileDiff[] => sorted(files).map(diffOf);

const diffOf = (file: ChangedFile): FileDiff => {
  const before = textOf(file.old);
  const after = textOf(file.new);
  const head = `--- ${file.old ? `a/${file.path}` : '/dev/null'}\n+++ ${file.new ? `b/${file.path}` : '/dev/null'}\nmode ${file.mode}\n`;
  if (before === null || after === null) {
    const sizes = `${file.old?.length ?? 0} bytes before, ${file.new?.length ?? 0} bytes after`;
    return { path: file.path, added: 0, removed: 0, binary: true, text: `${head}binary: ${sizes}\n` };
  }
  const lines = hunks(before, after);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  const text = head + lines.map((line) => `${line}\n`).join('');
  return { path: file.path, added: count('+'), removed: count('-'), binary: false, text };
};

/** null for bytes that are not text: invalid UTF-8, or a NUL. */
const textOf = (bytes: Uint8Array | null): string | null => {
  if (bytes === null) return '';
  if (bytes.includes(0)) return null;
  try {
    return fromUtf8(bytes);
  } catch {
    return null;
  }
};

// Past this many edits the search costs more than a reader gains from a minimal diff
const MAX_EDITS = 2000;

const hunks = (before: string, after: string): string[] => {
  const patch = structuredPatch('a', 'b', before, after, '', '', { context: 3, maxEditLength: MAX_EDITS });
  if (patch === undefined) return replaced(before, after);
  return patch.hunks.flatMap((h) => [
    `@@ -${h.oldStart},${h.oldLines} +${h.newStart},${h.newLines} @@`,
    ...h.lines,
  ]);
};

const replaced = (before: string, after: string): string[] => {
  const rows = (sign: string, text: string) => {
    if (text === '') return [];
    const lines = text.split('\n');
    const open =
      lines.pop() !== ''
        ? [`${sign}${text.slice(text.lastIndexOf('\n') + 1)}`, '\\ No newline at end of file']
        : [];
    return [...lines.map((line) => sign + line), ...open];
  };
  const [removed, added] = [rows('-', before), rows('+', after)];
  return ['@@ whole file @@', ...removed, ...added];
};
