/** What can be seen beside a change: its bytes, and what a signature is of. None of it counts as the change. */
import { utf8 } from '../core/encoding/bytes.ts';
import { safeJson } from '../core/encoding/sanitize.ts';
import { linesOfText } from '../core/source/text-lines.ts';
import { atOnce } from '../core/steps.ts';
import { allowedText } from '../services/user/allowed.ts';
import { boundWords, callParts, isOfCommit } from '../services/user/bound-words.ts';
import { endOf } from '../services/user/change-words.ts';
import type { ApprovalScreen, AsideName } from './approval.ts';
import { type AskedChange, allOf } from './asked.ts';
import { type CellLine, ours, rowsOfCells, theirs, wrapLine, wrapWords } from './frame/line.ts';
import { rowIndex } from './frame/row-index.ts';
import { bodyWidth } from './layout.ts';
import type { Screen } from './state.ts';

/** Printable ASCII but for the backslash, which begins an escape; a blank at the end of a line is one too. */
const isPlain = (byte: number, isTrailing: boolean): boolean =>
  byte > 0x1f && byte < 0x7f && byte !== 0x5c && !(byte === 0x20 && isTrailing);

const escaped = (line: string): string => {
  // Half a character has no bytes: it stands as what a decoder makes of it
  const bytes = utf8(line.toWellFormed());
  const end = bytes.findLastIndex((byte) => byte !== 0x20);
  return Array.from(bytes, (byte, at) =>
    isPlain(byte, at > end) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
};

/** No escape of a byte begins so. */
const INDENT = '»   ';

/** Of a call what the agent gave of it, each part under what it is. */
const documentOf = (view: AskedChange): string =>
  isOfCommit(view)
    ? view.diff
    : callParts(view)
        .map(({ title, text }) => `${title}\n\n${text}\n`)
        .join('\n');

/** What `escaped` makes of it has so many characters, each of one cell. */
const escapedLength = (line: string): number => {
  const end = endOf(line, ' ');
  let cells = 0;
  for (let at = 0; at < line.length; at++) {
    const unit = line.charCodeAt(at);
    const bytes = unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair(unit, line.charCodeAt(at + 1)) ? 4 : 3;
    cells += isPlain(unit, at >= end) ? 1 : 4 * bytes;
    if (bytes === 4) at++;
  }
  return cells;
};
const isPair = (one: number, next: number): boolean =>
  one >= 0xd800 && one < 0xdc00 && next >= 0xdc00 && next < 0xe000;

/** Made where they are looked at. */
const bytesOf = (view: AskedChange, width: number): AsideRows => {
  const lines = atOnce(linesOfText(documentOf(view)));
  const { length, startOf, lineAt } = rowIndex(lines.length, (at) =>
    rowsOfCells(escapedLength(lines.at(at)!), width, INDENT),
  );
  return {
    length,
    slice(from, to = length) {
      const first = lineAt(from);
      const rows: CellLine[] = [];
      for (let at = first; at < lines.length && startOf(at) < to; at++)
        for (const row of wrapLine(ours(escaped(lines.at(at)!)), width, INDENT)) rows.push(row);
      return rows.slice(from - startOf(first), to - startOf(first));
    },
  };
};

/** The rows of the JSON are its text and nothing else, so that they can be put together again. */
const subjectOf = (view: AskedChange, width: number): CellLine[] =>
  allOf(view).flatMap(({ subject, subjectDigest }, at) => [
    ...(at > 0 ? [[]] : []),
    ...wrapLine(
      ours(`A signature is of this JSON (RFC 8785); its digest is ${subjectDigest}:`, 'dim'),
      width,
    ),
    [],
    ...wrapLine(ours(safeJson(JSON.parse(subject))), width),
  ]);

const whyOf = (view: AskedChange, width: number): CellLine[] => {
  const { allowed, asker, node, path } = view;
  const facts: readonly [name: string, text: string][] = allowed
    ? [
        ['edge', allowed.edge],
        ['revision', `${allowed.revision} of the graph, ${allowed.graph}`],
        ['signed by', `the Host, ${allowed.host}: it told you this edge`],
        ['asks', `${node}, ${asker.npub}: the key that the Host told you for it`],
        ['task of', path.join(' > ')],
        ['binds', `${boundWords(view).binds}; what is signed stands below it`],
        ['withdrawn', 'when the edge, the key or the policy of the node changes before you sign'],
      ]
    : [['edge', allowedText(null)]];
  return [
    ...wrapWords(
      [ours('Why you may decide this, by what the Host had signed when this was opened:', 'dim')],
      width,
      '',
    ),
    [],
    ...facts.flatMap(([name, text]) =>
      wrapWords([theirs(`${name.padEnd(NAMED)}${text}`)], width, ' '.repeat(NAMED)),
    ),
  ];
};
const NAMED = 11;

export type AsideRows = { readonly length: number; slice(from: number, to?: number): readonly CellLine[] };
const ROWS: Readonly<Record<AsideName, (view: AskedChange, width: number) => AsideRows>> = {
  bytes: bytesOf,
  subject: subjectOf,
  why: whyOf,
};
export const ASIDES: Readonly<Record<AsideName, string>> = {
  bytes: 'bytes of it',
  subject: 'what is signed',
  why: 'why you may decide this',
};

type Kept = { width: number; what: AsideName; rows: AsideRows };
const kept = new WeakMap<AskedChange, Kept>();

/** Rows of what is seen beside the change; none where nothing is. */
export const asideRows = ({ view, aside }: ApprovalScreen, size: Screen['size']): AsideRows => {
  if (!view || !aside) return [];
  const width = bodyWidth(size);
  const known = kept.get(view);
  if (known?.width === width && known.what === aside.what) return known.rows;
  const rows = ROWS[aside.what](view, width);
  kept.set(view, { width, what: aside.what, rows });
  return rows;
};
