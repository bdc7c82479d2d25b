/**
 * Differences between two contents as unified hunks over their bytes: whatever a file holds, what is shown of it is what
 * changed, and its old content with the hunks gives its new one to the byte.
 */
import { diffArrays } from 'diff';
import { EntangleError } from '../errors.ts';

/** Numbers as in a unified diff; a line is its sign and its bytes, its line feed among them where it has one. */
export type Hunk = {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: string[];
};

type Run = { sign: ' ' | '-' | '+'; lines: readonly string[] };

/** Equal lines around each change. */
export const CONTEXT = 3;
// Past this many edits the search costs more than a reader gains from a minimal diff
const MAX_EDITS = 2000;
const NO_END = '\\ No newline at end of file\n';
const CHUNK = 8192;

const ascii = new TextDecoder('latin1');
const isAscii = (bytes: Uint8Array): boolean => {
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! > 0x7f) return false;
  return true;
};
/** One character for each byte. */
export const bytesAsText = (bytes: Uint8Array): string => {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK);
    // The decoder is windows-1252, which is the same there, and five times as fast
    parts.push(isAscii(chunk) ? ascii.decode(chunk) : String.fromCharCode(...chunk));
  }
  return parts.join('');
};
export const textAsBytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The hunks that lead from one content to the other, with so many equal lines around each change. */
export const hunksBetween = (old: Uint8Array, now: Uint8Array, context: number): Hunk[] =>
  grouped(runsBetween(linesOf(bytesAsText(old)), linesOf(bytesAsText(now))), context);

const runsBetween = (old: readonly string[], now: readonly string[]): Run[] => {
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const [before, after] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  const changed = diffArrays(before, after, { maxEditLength: MAX_EDITS })?.map(
    ({ added, removed, value }): Run => ({ sign: added ? '+' : removed ? '-' : ' ', lines: value }),
  ) ?? [
    { sign: '-', lines: before },
    { sign: '+', lines: after },
  ];
  const same = (lines: readonly string[]): Run => ({ sign: ' ', lines });
  const runs = [same(old.slice(0, head)), ...changed, same(old.slice(old.length - tail))];
  return runs.filter(({ lines }) => lines.length > 0);
};

const grouped = (runs: readonly Run[], context: number): Hunk[] => {
  const hunks: Hunk[] = [];
  let [oldAt, newAt] = [0, 0];
  let open: Hunk | null = null;
  const take = (sign: Run['sign'], lines: readonly string[]) => {
    for (const line of lines) open!.lines.push(sign + line);
    if (sign !== '+') open!.oldLines += lines.length;
    if (sign !== '-') open!.newLines += lines.length;
  };
  runs.forEach(({ sign, lines }, i) => {
    if (sign === ' ') {
      const isLast = i === runs.length - 1;
      const ends = isLast || lines.length > 2 * context;
      if (open) take(' ', ends ? lines.slice(0, context) : lines);
      if (open && ends) open = null;
      if (!isLast && open === null) {
        const before = context === 0 ? [] : lines.slice(-context);
        const skipped = lines.length - before.length;
        open = { oldStart: oldAt + skipped, newStart: newAt + skipped, oldLines: 0, newLines: 0, lines: [] };
        hunks.push(open);
        take(' ', before);
      }
    } else {
      if (open === null) {
        open = { oldStart: oldAt, newStart: newAt, oldLines: 0, newLines: 0, lines: [] };
        hunks.push(open);
      }
      take(sign, lines);
    }
    if (sign !== '+') oldAt += lines.length;
    if (sign !== '-') newAt += lines.length;
  });
  // An empty side is named by the line before it, as git does
  return hunks.map((hunk) => ({
    ...hunk,
    oldStart: hunk.oldStart + (hunk.oldLines > 0 ? 1 : 0),
    newStart: hunk.newStart + (hunk.newLines > 0 ? 1 : 0),
  }));
};

/** One text for each list of hunks. */
export const writeHunks = (hunks: readonly Hunk[]): string =>
  hunks
    .map(({ oldStart, oldLines, newStart, newLines, lines }) =>
      [
        `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n`,
        ...lines.map((line) => (line.endsWith('\n') ? line : `${line}\n${NO_END}`)),
      ].join(''),
    )
    .join('');

const damaged = (): EntangleError => new EntangleError('invalid', 'the hunks of a change are damaged');
const HEAD = /^@@ -(0|[1-9]\d{0,8}),(0|[1-9]\d{0,8}) \+(0|[1-9]\d{0,8}),(0|[1-9]\d{0,8}) @@\n$/;

/** Reads what `writeHunks` wrote, and nothing else. */
export const readHunks = (text: string): Hunk[] => {
  const rows = linesOf(text);
  const hunks: Hunk[] = [];
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
    }
    if (old !== oldLines || now !== newLines) throw damaged();
    hunks.push({ oldStart, oldLines, newStart, newLines, lines });
  }
  if (writeHunks(hunks) !== text) throw damaged();
  return hunks;
};

const side = (hunk: Hunk, without: '+' | '-'): string[] =>
  hunk.lines.filter((line) => line[0] !== without).map((line) => line.slice(1));

/** The new content: the old one with the hunks; refused where they do not fit it. */
export const applyHunks = (old: Uint8Array, hunks: readonly Hunk[]): Uint8Array => {
  const before = linesOf(bytesAsText(old));
  const after: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    const start = hunk.oldLines === 0 ? hunk.oldStart : hunk.oldStart - 1;
    const expected = side(hunk, '+');
    if (start < at || expected.length !== hunk.oldLines) throw damaged();
    for (; at < start; at++) after.push(before[at] ?? '');
    if (after.length !== (hunk.newLines === 0 ? hunk.newStart : hunk.newStart - 1)) throw damaged();
    for (const line of expected) if (before[at++] !== line) throw damaged();
    for (const line of side(hunk, '-')) after.push(line);
  }
  return textAsBytes([...after, ...before.slice(at)].join(''));
};

/** Both contents, where the hunks hold all of them: a digest of the old one tells whether they do. */
export const bothContents = (hunks: readonly Hunk[]): { old: Uint8Array; new: Uint8Array } | null => {
  const [hunk, ...more] = hunks;
  if (hunk === undefined || more.length > 0 || hunk.oldStart > 1 || hunk.newStart > 1) return null;
  const bytes = (without: '+' | '-') => textAsBytes(side(hunk, without).join(''));
  return { old: bytes('+'), new: bytes('-') };
};
