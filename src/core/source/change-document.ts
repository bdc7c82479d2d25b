/**
 * What an approver is shown of a change, and signs by its digest: for each file its two sides, and for text the hunks
 * between them. It travels in parts of a blob's size; it grows with what changed, not with what is there.
 */
import * as z from 'zod';
import { MAX_BLOB_BYTES, MAX_PARTS } from '../bounds.ts';
import { decodingBase64, encodingBase64 } from '../encoding/base64-steps.ts';
import { concat, equal, fromUtf8, toHex, utf8 } from '../encoding/bytes.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { once } from '../encoding/once.ts';
import { readShape } from '../encoding/read-shape.ts';
import { commitId } from '../encoding/schema.ts';
import { EntangleError } from '../errors.ts';
import { atOnce, type Run, type Steps } from '../steps.ts';
import { SHOWN_AS, type ShownAs } from '../vocabulary.ts';
import {
  type Change,
  type ChangedFile,
  type ChangedSide,
  changeList,
  changeOf,
  type FileSide,
  isFile,
  type Sha256,
  sideSchema,
} from './changes.ts';
import { CONTEXT, findingHunks } from './find-hunks.ts';
import {
  applyingHunks,
  type BothContents,
  type Hunk,
  readingHunks,
  takingBoth,
  writingHunks,
} from './hunks.ts';
import { isText } from './text.ts';
import { decodedUtf16 } from './utf16.ts';

export type ShownFile = Change & { as: ShownAs; hunks: readonly Hunk[] };
/** `base`: the commit that the old sides are of. */
export type ChangeDocument = { base: string; files: ShownFile[] };

/** A part is a blob. */
export const PART_BYTES = MAX_BLOB_BYTES;
/** Bytes of hunks that one document shows; what does not fit is shown by its digests. */
const MAX_HUNKS = 8 * 1024 * 1024;
/** A larger file is not compared by its lines: its bytes are needed by nobody. */
export const MAX_COMPARED = 32 * 1024 * 1024;
const MAX_LINES = 1_000_000;
/** Up to here the hunks hold both contents whole: whoever has nothing but them can compute both digests again. */
const WHOLE_BYTES = 64 * 1024;
/** Where all files up to there have more than this together, they too are shown near their changes alone. */
const MAX_WHOLE = MAX_HUNKS / 2;

/** What is shown of one file, before it is known whether all of it fits. */
export const shownFile = (file: ChangedFile, sha256: Sha256): ShownFile => atOnce(showingFile(file, sha256));
function* showingFile(file: ChangedFile, sha256: Sha256): Steps<ShownFile> {
  const change = changeOf(file, sha256);
  yield;
  const [old, now] = [bytesOf(file.old), bytesOf(file.new)];
  if (old === null || now === null || isTooLong(old, now)) return { ...change, as: 'too_long', hunks: [] };
  yield;
  const [isOldWide, isNewWide] = [isWide(file.old, old), isWide(file.new, now)];
  yield;
  const isOldText = isOldWide || isText(old);
  yield;
  if (!isOldText || !(isNewWide || isText(now))) {
    const as = isOldText && old.length > 0 ? 'text_to_binary' : 'binary';
    return { ...change, as, hunks: [] };
  }
  // UTF-16 is decoded where it is shown, and only of a whole content
  const isWhole = isOldWide || isNewWide;
  const size = old.length + now.length;
  if (isWhole && size > MAX_HUNKS) return { ...change, as: 'too_long', hunks: [] };
  const context = isWhole || size <= WHOLE_BYTES ? Number.MAX_SAFE_INTEGER : CONTEXT;
  yield;
  const hunks = yield* findingHunks(old, now, context);
  if (!(yield* areOf(hunks, old, now)))
    throw new EntangleError('invalid', 'the hunks of a file do not give its new content');
  return { ...change, as: 'hunks', hunks };
}

const EMPTY = new Uint8Array();
const bytesOf = (side: FileSide | null): Uint8Array | null => {
  if (side === null) return EMPTY;
  return 'bytes' in side ? side.bytes : null;
};
const isWide = (side: FileSide | null, bytes: Uint8Array): boolean =>
  side !== null && isFile(side) && decodedUtf16(bytes) !== null;
/** Every line costs memory of its own; and what has only one side is shown whole or not at all. */
const isTooLong = (old: Uint8Array, now: Uint8Array): boolean => {
  const longest = Math.max(old.length, now.length);
  const isOneSided = old.length === 0 || now.length === 0;
  if (longest > (isOneSided ? MAX_HUNKS : MAX_COMPARED)) return true;
  return linesIn(old) > MAX_LINES || linesIn(now) > MAX_LINES;
};
const linesIn = (bytes: Uint8Array): number => {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
};

/** Whether they lead from the one content to the other, read again as they are written. */
function* areOf(hunks: readonly Hunk[], old: Uint8Array, now: Uint8Array): Steps<boolean> {
  const read = yield* readingHunks(yield* writingHunks(hunks));
  const given = yield* applyingHunks(old, read);
  for (let at = 0; at < now.length; at += PART_BYTES) {
    if (!equal(given.subarray(at, at + PART_BYTES), now.subarray(at, at + PART_BYTES))) return false;
    yield;
  }
  return given.length === now.length;
}

const sizeOf = ({ hunks }: ShownFile): number =>
  hunks.reduce((sum, { lines }) => lines.reduce((n, line) => n + line.length, sum + 64), 0);

/** All of them, with no more hunks in memory at once than twice what is shown. `run`: how the steps are taken. */
export const shownFiles = async (
  files: AsyncIterable<ChangedFile>,
  sha256: Sha256,
  run: Run = atOnce,
): Promise<ShownFile[]> => {
  let shown: ShownFile[] = [];
  let [size, small, isLarge] = [0, 0, false];
  for await (const file of files) {
    const one = await run(showingFile(file, sha256));
    small += smallBytes(one);
    if (small > MAX_WHOLE && !isLarge) {
      isLarge = true;
      shown = await run(nearingChanges(shown));
      size = shown.reduce((sum, kept) => sum + sizeOf(kept), 0);
    }
    shown.push(...(isLarge ? await run(nearingChanges([one])) : [one]));
    size += sizeOf(shown.at(-1)!);
    if (size <= 2 * MAX_HUNKS) continue;
    // What does not fit now does not fit beside more either
    shown = fitting(shown);
    size = shown.reduce((sum, kept) => sum + sizeOf(kept), 0);
  }
  return fitting(shown);
};

/** Of a file that is shown whole while there is room: what it has on both sides. */
const smallBytes = ({ as, old, new: now }: ShownFile): number => {
  const size = (old?.size ?? 0) + (now?.size ?? 0);
  return (as === 'hunks' || as === 'too_long') && size <= WHOLE_BYTES ? size : 0;
};
/** Whether a change is so large that small files need not be shown whole: the same for who writes it and who reads it. */
export const isLargeChange = (files: readonly ShownFile[]): boolean =>
  files.reduce((sum, file) => sum + smallBytes(file), 0) > MAX_WHOLE;

/** UTF-16 stays whole: half of it cannot be decoded. */
function* nearingChanges(files: readonly ShownFile[]): Steps<ShownFile[]> {
  const near: ShownFile[] = [];
  for (const file of files) {
    yield;
    const whole = smallBytes(file) > 0 && file.old && file.new ? yield* takingBoth(file.hunks) : null;
    const isKept = whole === null || [whole.old, whole.new].some((bytes) => decodedUtf16(bytes) !== null);
    near.push(isKept ? file : { ...file, hunks: yield* findingHunks(whole.old, whole.new, CONTEXT) });
  }
  return near;
}

/** Small ones first, so that one large file takes no other's place; what does not fit is shown by its digests. */
const fitting = (files: readonly ShownFile[]): ShownFile[] => {
  let left = MAX_HUNKS;
  const dropped = new Set<ShownFile>();
  const sized = files.map((file) => ({ file, size: sizeOf(file) }));
  for (const { file, size } of sized.sort((a, b) => a.size - b.size)) {
    left -= size;
    if (left < 0) dropped.add(file);
  }
  return files.map((file) => (dropped.has(file) ? { ...file, as: 'too_long', hunks: [] } : file));
};

const tooLarge = (): EntangleError =>
  new EntangleError('invalid', 'the change has too many files to show', {
    hint: 'split the change: its list of files may take 32 MiB',
  });

/** The bytes of a document, of files that fit; the same change gives the same ones. */
export const writeDocument = (base: string, files: readonly ShownFile[]): Uint8Array =>
  atOnce(writingDocument(base, files));
export function* writingDocument(base: string, files: readonly ShownFile[]): Steps<Uint8Array> {
  const text = yield* canonicalDocument(base, files);
  yield;
  const bytes = utf8(text);
  if (bytes.length > MAX_PARTS * PART_BYTES) throw tooLarge();
  return bytes;
}

/** As RFC 8785 has it, file by file. */
function* canonicalDocument(base: string, files: readonly ShownFile[]): Steps<string> {
  const shown = new Map(files.map((file) => [file.path, file]));
  const list: string[] = [];
  for (const change of changeList(files)) {
    yield;
    const { as, hunks } = shown.get(change.path)!;
    const text = as === 'hunks' ? yield* encodingBase64(yield* writingHunks(hunks)) : null;
    list.push(canonicalize({ ...change, as, hunks: text }));
  }
  yield;
  return `{"base":${canonicalize(base)},"files":[${list.join(',')}],"v":2}`;
}

const DOCUMENT = once(() =>
  z.strictObject({
    v: z.literal(2),
    base: commitId,
    files: z.array(
      z.strictObject({
        path: z.string(),
        old: sideSchema(),
        new: sideSchema(),
        as: z.enum(SHOWN_AS),
        hunks: z.string().nullable(),
      }),
    ),
  }),
);

/** Takes only the very bytes that `writeDocument` would make, so that two readers cannot see two things. */
export const readDocument = (parts: readonly Uint8Array[]): ChangeDocument => atOnce(readingDocument(parts));
/** The same, resting between two files. */
export function* readingDocument(parts: readonly Uint8Array[]): Steps<ChangeDocument> {
  const damaged = (cause?: unknown): EntangleError =>
    new EntangleError('invalid', 'what was to be shown is damaged or not in its canonical form', { cause });
  const bytes = concat(...parts);
  if (bytes.length > MAX_PARTS * PART_BYTES) throw tooLarge();
  let document: ChangeDocument;
  let [text, hunkBytes] = ['', 0];
  try {
    yield;
    text = fromUtf8(bytes);
    yield;
    const value: unknown = JSON.parse(text);
    yield;
    const parsed = readShape(DOCUMENT(), value);
    if (!parsed.success) throw damaged();
    const files: ShownFile[] = [];
    for (const { hunks, ...file } of parsed.data.files) {
      yield;
      hunkBytes += hunks?.length ?? 0;
      if (hunkBytes > 2 * MAX_HUNKS) throw damaged();
      files.push({ ...file, hunks: hunks === null ? [] : yield* readingHunks(yield* decodingBase64(hunks)) });
    }
    document = { base: parsed.data.base, files };
  } catch (cause) {
    throw cause instanceof EntangleError ? cause : damaged(cause);
  }
  if ((yield* canonicalDocument(document.base, document.files)) !== text) throw damaged();
  return document;
}

/** Both contents of a file where the hunks hold them whole, as its digests tell. */
export function* takingWhole(file: ShownFile, sha256: Sha256): Steps<BothContents | null> {
  if (file.as !== 'hunks') return null;
  const whole = file.hunks.length === 0 ? { old: EMPTY, new: EMPTY } : yield* takingBoth(file.hunks);
  if (whole === null || !isOf(file.old, whole.old, sha256)) return null;
  yield;
  return isOf(file.new, whole.new, sha256) ? whole : null;
}
const isOf = (side: ChangedSide | null, bytes: Uint8Array, sha256: Sha256): boolean =>
  bytes.length === (side?.size ?? 0) && (side === null || toHex(sha256(bytes)) === side.sha256);

/**
 * Whether the digests of a file were computed again from what is shown; `old` is its old content, where it is at hand.
 * Refuses hunks that give another content than the one that is signed. `isLarge`: of a large change.
 */
export const isRecomputed = (
  file: ShownFile,
  old: Uint8Array | null,
  sha256: Sha256,
  isLarge = false,
): boolean => atOnce(recomputing(file, old, sha256, isLarge));
export function* recomputing(
  file: ShownFile,
  old: Uint8Array | null,
  sha256: Sha256,
  isLarge: boolean,
): Steps<boolean> {
  if (file.as !== 'hunks') return false;
  if ((yield* takingWhole(file, sha256)) !== null) return true;
  // Of a new and a removed file they are whole
  if (file.old === null || file.new === null) throw mismatch(file.path);
  if (file.hunks.length === 0 && isSameContent(file.old, file.new)) return true;
  // Of a small file too, while there is room; and without any, nothing can have changed
  if (file.hunks.length === 0 || (!isLarge && smallBytes(file) > 0)) throw mismatch(file.path);
  if (old === null || !isOf(file.old, old, sha256)) return false;
  if (!isOf(file.new, yield* applyingHunks(old, file.hunks), sha256)) throw mismatch(file.path);
  return true;
}
/** A change of so many bytes on both sides has room for the hunks of each of its texts, however they are cut. */
const ALWAYS_FITS = MAX_HUNKS / 16;
/** What has no bytes hides none, whatever it is called. */
const isEmpty = ({ old, new: now }: ShownFile): boolean => (old?.size ?? 0) + (now?.size ?? 0) === 0;
/**
 * Whoever reads knows both sizes of each file as they are signed: refuses a text that is kept back though all fit, and one
 * without a byte that is called binary.
 */
export const refuseKeptBack = (files: readonly ShownFile[]): void => {
  const texts = files.filter(({ as }) => as === 'hunks' || as === 'too_long');
  const bytes = texts.reduce((sum, { old, new: now }) => sum + (old?.size ?? 0) + (now?.size ?? 0) + 64, 0);
  const kept = bytes > ALWAYS_FITS ? undefined : texts.find(({ as }) => as === 'too_long');
  const one = kept ?? files.find((file) => file.as !== 'hunks' && isEmpty(file));
  if (one) throw mismatch(one.path);
};
const isSameContent = (a: ChangedSide, b: ChangedSide): boolean => a.sha256 === b.sha256 && a.size === b.size;

const mismatch = (path: string): EntangleError =>
  new EntangleError(
    'invalid',
    `what is shown of ${JSON.stringify(path)} does not give the content that is signed`,
    {
      hint: 'reject it: `entangle user reject`',
    },
  );
