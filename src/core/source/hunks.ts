/**
 * Differences between two contents as unified hunks over their bytes: whatever a file holds, what is shown of it is what
 * changed, and its old content with the hunks gives its new one to the byte. What goes through all lines is done in steps.
 */
import { EntangleError } from '../errors.ts';
import { atOnce, type Steps } from '../steps.ts';
import {
  BYTES_A_STEP,
  bytesAsText,
  bytesOfAll,
  eachInSteps,
  linesOfBytes,
  textAsBytes,
} from './byte-lines.ts';
import { LINES_A_STEP } from './text-lines.ts';

/** Numbers as in a unified diff; a line is its sign and its bytes, its line feed among them where it has one. */
export type Hunk = {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: string[];
};

const NO_END = '\\ No newline at end of file\n';

/** The head of each hunk and its lines, as they are written. */
export function* writtenRows(hunks: readonly Hunk[]): Generator<string> {
  for (const { oldStart, oldLines, newStart, newLines, lines } of hunks) {
    yield `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n`;
    for (const line of lines) yield line.endsWith('\n') ? line : `${line}\n${NO_END}`;
  }
}
/** One text for each list of hunks. */
export const writeHunks = (hunks: readonly Hunk[]): string => [...writtenRows(hunks)].join('');
/** The same as bytes. */
export const writingHunks = (hunks: readonly Hunk[]): Steps<Uint8Array> => bytesOfAll(writtenRows(hunks));

const damaged = (): EntangleError => new EntangleError('invalid', 'the hunks of a change are damaged');
const HEAD = /^@@ -(0|[1-9]\d{0,8}),(0|[1-9]\d{0,8}) \+(0|[1-9]\d{0,8}),(0|[1-9]\d{0,8}) @@\n$/;

/** Reads what `writeHunks` wrote, and nothing else. */
export const readHunks = (text: string): Hunk[] => atOnce(readingHunks(textAsBytes(text)));
export function* readingHunks(bytes: Uint8Array): Steps<Hunk[]> {
  const rows = yield* linesOfBytes(bytes);
  const hunks: Hunk[] = [];
  let step = 0;
  for (let at = 0; at < rows.length; ) {
    const head = HEAD.exec(rows[at++]!);
    if (!head) throw damaged();
    const [oldStart, oldLines, newStart, newLines] = head.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const lines: string[] = [];
    let [old, now] = [0, 0];
    while (old < oldLines || now < newLines) {
      const row = rows[at++] ?? '';
      if (!/^[ +-]/.test(row) || !row.endsWith('\n')) throw damaged();
      if (row[0] !== '+') old++;
      if (row[0] !== '-') now++;
      const isOpen = rows[at] === NO_END;
      if (isOpen) at++;
      lines.push(isOpen ? row.slice(0, -1) : row);
      if (++step % LINES_A_STEP === 0) yield;
    }
    if (old !== oldLines || now !== newLines) throw damaged();
    hunks.push({ oldStart, oldLines, newStart, newLines, lines });
  }
  if (!(yield* areWritten(hunks, bytes))) throw damaged();
  return hunks;
}

/** Whether writing them gives these bytes. */
function* areWritten(hunks: readonly Hunk[], bytes: Uint8Array): Steps<boolean> {
  let at = 0;
  let piece = '';
  const isHere = (): boolean => {
    const from = at;
    at += piece.length;
    return bytesAsText(bytes.subarray(from, at)) === piece;
  };
  for (const row of writtenRows(hunks)) {
    piece += row;
    if (piece.length < BYTES_A_STEP) continue;
    if (!isHere()) return false;
    piece = '';
    yield;
  }
  return isHere() && at === bytes.length;
}

function* side(hunk: Hunk, without: '+' | '-'): Steps<string[]> {
  const lines: string[] = [];
  yield* eachInSteps(hunk.lines, (line) => {
    if (line[0] !== without) lines.push(line.slice(1));
  });
  return lines;
}

/** The new content: the old one with the hunks; refused where they do not fit it. */
export const applyHunks = (old: Uint8Array, hunks: readonly Hunk[]): Uint8Array =>
  atOnce(applyingHunks(old, hunks));
export function* applyingHunks(old: Uint8Array, hunks: readonly Hunk[]): Steps<Uint8Array> {
  const before = yield* linesOfBytes(old);
  const after: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    const start = hunk.oldLines === 0 ? hunk.oldStart : hunk.oldStart - 1;
    const expected = yield* side(hunk, '+');
    // Beyond the end there are up to a thousand million lines to pass over
    if (start < at || start > before.length || expected.length !== hunk.oldLines) throw damaged();
    yield* eachInSteps(before.slice(at, start), (line) => after.push(line));
    at = start;
    if (after.length !== (hunk.newLines === 0 ? hunk.newStart : hunk.newStart - 1)) throw damaged();
    yield* eachInSteps(expected, (line) => {
      if (before[at++] !== line) throw damaged();
    });
    yield* eachInSteps(yield* side(hunk, '-'), (line) => after.push(line));
  }
  yield* eachInSteps(before.slice(at), (line) => after.push(line));
  return yield* bytesOfAll(after);
}

/** Both contents, where the hunks hold all of them: a digest of the old one tells whether they do. */
export const bothContents = (hunks: readonly Hunk[]): BothContents | null => atOnce(takingBoth(hunks));
export type BothContents = { old: Uint8Array; new: Uint8Array };
export function* takingBoth(hunks: readonly Hunk[]): Steps<BothContents | null> {
  const [hunk, ...more] = hunks;
  if (hunk === undefined || more.length > 0 || hunk.oldStart > 1 || hunk.newStart > 1) return null;
  const old = yield* bytesOfAll(yield* side(hunk, '+'));
  return { old, new: yield* bytesOfAll(yield* side(hunk, '-')) };
}
