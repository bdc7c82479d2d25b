/** A change as people read it: unified diffs, links as links, and what is not shown by its digests. */

import { countUnsafe } from '../encoding/sanitize.ts';
import { atOnce, type Steps } from '../steps.ts';
import { BYTES_A_STEP, eachInSteps, textAsBytes } from './byte-lines.ts';
import { type ShownFile, takingWhole } from './change-document.ts';
import { type Change, type ChangedSide, isFile, type Sha256 } from './changes.ts';
import { CONTEXT, findingHunks } from './find-hunks.ts';
import { type Hunk, writtenRows } from './hunks.ts';
import { lossyText, oddBytes } from './text.ts';
import { type DecodedText, decodedUtf16 } from './utf16.ts';

/** `text` is as the files have it, control characters and all: sanitize before showing. */
export type FileDiff = { path: string; added: number; removed: number; text: string };

/** Of files whose hunks hold them whole only what is near a change. */
export const diffText = (file: ShownFile, isRecomputed: boolean, sha256: Sha256): FileDiff =>
  atOnce(diffingText(file, isRecomputed, sha256));
/** The same, resting: one file may have all that is shown. */
export function* diffingText(file: ShownFile, isRecomputed: boolean, sha256: Sha256): Steps<FileDiff> {
  const whole = yield* takingWhole(file, sha256);
  yield;
  const sides = whole && { old: decoded(file.old, whole.old), new: decoded(file.new, whole.new) };
  const hunks = sides ? yield* findingHunks(sides.old.bytes, sides.new.bytes, CONTEXT) : file.hunks;
  yield;
  const count = { '+': 0, '-': 0, ' ': 0 };
  for (const { lines } of hunks)
    yield* eachInSteps(lines, (line) => {
      count[line[0] as keyof typeof count] += 1;
    });
  const head = [
    `--- ${file.old ? `a/${file.path}` : '/dev/null'}`,
    `+++ ${file.new ? `b/${file.path}` : '/dev/null'}`,
    ...modeLines(file),
    ...bodyNotes(file, isRecomputed),
    ...(sides ? encodingNotes(file, sides) : []),
    ...(yield* textNotes(hunks)),
  ];
  const text = `${head.join('\n')}\n${yield* showingHunks(file, hunks)}`;
  return { path: file.path, added: count['+'], removed: count['-'], text };
}

/** Whole rows as bytes, some at a time: with its sign before it, no sequence of bytes begins in one line and ends in the next. */
function* inPieces(rows: Iterable<string>): Generator<Uint8Array> {
  let piece = '';
  for (const row of rows) {
    piece += row;
    if (piece.length < BYTES_A_STEP) continue;
    yield textAsBytes(piece);
    piece = '';
  }
  if (piece !== '') yield textAsBytes(piece);
}

const UTF8 = 'UTF-8';
const decoded = (side: ChangedSide | null, bytes: Uint8Array): DecodedText =>
  (side && isFile(side) ? decodedUtf16(bytes) : null) ?? { encoding: UTF8, bytes };

const encodingNotes = (file: Change, sides: { old: DecodedText; new: DecodedText }): string[] => {
  const before = file.old ? [sides.old.encoding] : [];
  const names = [...new Set([...before, ...(file.new ? [sides.new.encoding] : [])])];
  return names.every((name) => name === UTF8) ? [] : [`text in ${names.join(' -> ')}, shown decoded`];
};

const LINK = '120000';
const KINDS: Readonly<Record<string, string>> = {
  '100644': 'file',
  '100755': 'executable file',
  [LINK]: 'symbolic link',
  '160000': 'submodule',
};
/** What people call what git has under a mode. */
export const kindOfMode = (mode: string): string => KINDS[mode] ?? 'entry';
const kindOf = ({ mode }: ChangedSide): string => `${kindOfMode(mode)} (mode ${mode})`;

const modeLines = ({ old, new: now }: Change): string[] => {
  if (old && now) return old.mode === now.mode ? [`mode ${now.mode}`] : [`${kindOf(old)} -> ${kindOf(now)}`];
  if (now) return [`new ${kindOf(now)}`];
  return old ? [`deleted ${kindOf(old)}`] : [];
};

/** Whoever reads has no byte of it: that it is no text is what its node says. */
const NOT_SHOWN = {
  binary: 'binary by the word of its node, which sent no bytes of it: not shown',
  text_to_binary: 'was text and is binary now by the word of its node, which sent no bytes of it: not shown',
  too_long: 'too long: not shown',
} as const;

const digestOf = (side: ChangedSide | null): string =>
  side === null ? 'none' : `${side.size} bytes, sha256:${side.sha256}`;

const bodyNotes = (file: ShownFile, isRecomputed: boolean): string[] => {
  if (file.as === 'hunks')
    return isRecomputed ? [] : ['not recomputed here: the old content is not at hand', ...sidesOf(file)];
  return [NOT_SHOWN[file.as], ...sidesOf(file)];
};
/** A byte that is no text hides no file: it is shown, and said, as is what a text hides. */
function* textNotes(hunks: readonly Hunk[]): Steps<string[]> {
  const odd = { invalid: 0, control: 0, hidden: 0 };
  for (const bytes of inPieces(hunks.flatMap(({ lines }) => lines))) {
    const { invalid, control } = oddBytes(bytes);
    odd.invalid += invalid;
    odd.control += control;
    // Each byte that is no text is one half of a pair there
    odd.hidden += countUnsafe(lossyText(bytes)) - invalid - control;
    yield;
  }
  const { hidden } = odd;
  const notes = [
    ...(odd.invalid > 0 ? [`${odd.invalid} not UTF-8, shown as U+DC80 to U+DCFF`] : []),
    ...(odd.control > 0 ? [`${odd.control} control characters, shown as escapes`] : []),
  ];
  return [
    ...(notes.length > 0 ? [`not plain text: of its bytes ${notes.join('; ')}`] : []),
    ...(hidden > 0 ? [`${hidden} characters that show nothing or move others, shown as escapes`] : []),
  ];
}
const sidesOf = (file: Change): string[] => [`old ${digestOf(file.old)}`, `new ${digestOf(file.new)}`];

const isLink = (side: ChangedSide | null): boolean => side?.mode === LINK;

function* showingHunks(file: ShownFile, hunks: readonly Hunk[]): Steps<string> {
  const links = { '-': isLink(file.old), '+': isLink(file.new), ' ': isLink(file.old) && isLink(file.new) };
  const parts: string[] = [];
  if (!links['-'] && !links['+']) {
    for (const bytes of inPieces(writtenRows(hunks))) {
      parts.push(lossyText(bytes));
      yield;
    }
    return parts.join('');
  }
  for (const { lines } of hunks)
    yield* eachInSteps(lines, (row) => {
      const line = lossyText(textAsBytes(row));
      const target = links[line[0] as keyof typeof links] ? 'symbolic link -> ' : '';
      parts.push(`${line[0]}${target}${line.slice(1).replace(/\n$/, '')}\n`);
    });
  return parts.join('');
}
