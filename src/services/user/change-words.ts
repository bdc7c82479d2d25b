/** What people call what happened to a file: its letter, its move, how much of it changed. */
import { kindOfMode } from '../../core/source/diff-text.ts';
import type { Lines } from '../../core/source/text-lines.ts';
import type { ShownAs } from '../../core/vocabulary.ts';
import type { FileView, GroupView } from './change-view.ts';

const NOT_SHOWN: Readonly<Record<Exclude<ShownAs, 'hunks'>, string>> = {
  binary: 'binary',
  text_to_binary: 'was text, is binary',
  too_long: 'too long to show',
};

/** As git marks it: added, deleted, modified. */
export const letterOf = ({ old, new: now }: FileView): 'A' | 'D' | 'M' => {
  if (old && now) return 'M';
  return old ? 'D' : 'A';
};

/** One file that went and one that came with the same bytes and mode, and no others with these: as what it was, and is. */
export const movesOf = (files: readonly FileView[]): Map<FileView, string> => {
  const keyOf = (one: FileView) => {
    const { digest, mode, size } = (one.old ?? one.new)!;
    return size === 0 ? '' : `${digest} ${mode}`;
  };
  const lone = files.filter((one) => (one.old === null) !== (one.new === null));
  const moves = new Map<FileView, string>();
  for (const [key, [one, other, ...more]] of Map.groupBy(lone, keyOf)) {
    if (key === '' || !one || !other || more.length > 0) continue;
    if ((one.old === null) === (other.old === null)) continue;
    const [from, to] = one.new === null ? [one, other] : [other, one];
    moves.set(from, `moved to ${JSON.stringify(to.path)}`);
    moves.set(to, `moved from ${JSON.stringify(from.path)}`);
  }
  return moves;
};

/** Of a plain file that stays one no word is needed. */
const modeText = ({ old, new: now }: FileView): string => {
  const [before, after] = [old?.mode, now?.mode];
  const kind = kindOfMode(after ?? before ?? '');
  if (before !== undefined && after !== undefined)
    return before === after ? '' : `, mode ${before} -> ${after}: ${kind}`;
  return kind === 'file' ? '' : `, ${kind}`;
};

export const changeText = (one: FileView): string => {
  const mode = modeText(one);
  if (one.shown !== 'hunks') return `${NOT_SHOWN[one.shown]}${mode}`;
  return `+${one.added} -${one.removed}${mode}${one.recomputed ? '' : ', not recomputed here'}`;
};

/** "2 files, +4 -1". */
export const changeTotals = (files: readonly FileView[]): string => {
  const sum = (of: (one: FileView) => number) => files.reduce((all, one) => all + of(one), 0);
  const many = files.length === 1 ? '1 file' : `${files.length} files`;
  return `${many}, +${sum((one) => one.added)} -${sum((one) => one.removed)}`;
};

/** The path, in quotes where it would show nothing, or pass for something else in its row; and where it moved. */
export const pathText = (one: FileView, moves: ReadonlyMap<FileView, string>): string => {
  const path = /^[ "]| $| \(moved /.test(one.path) ? JSON.stringify(one.path) : one.path;
  return moves.has(one) ? `${path} (${moves.get(one)})` : path;
};
/** "M +1 -2  src/a.ts (moved from …)". */
export const fileRow = (one: FileView, moves: ReadonlyMap<FileView, string>): string =>
  `${letterOf(one)} ${changeText(one)}  ${pathText(one, moves)}`;

/** "src/core/", or "src/ itself" where what is below it is in other groups. */
export const groupName = ({
  directory,
  isDeep,
  part,
}: Pick<GroupView, 'directory' | 'isDeep' | 'part'>): string =>
  `${directory === '' ? './' : directory}${isDeep ? '' : ' itself'}${part ? ` (part ${part.at} of ${part.of})` : ''}`;

/** "212 files, +123 -4, 3 binary, 1 too long to show". */
export const groupText = ({ files, added, removed, binary, tooLong }: GroupView): string => {
  const many = files === 1 ? '1 file' : `${files} files`;
  const hidden = [
    ...(binary ? [`${binary} binary`] : []),
    ...(tooLong ? [`${tooLong} too long to show`] : []),
  ];
  return [many, `+${added} -${removed}`, ...hidden].join(', ');
};

/** Begins what is shown of a group; no line of a change begins so, whose lines have a sign. */
const GROUP = '=== group ';
/** The heads of its groups, and below each the files that are in it. */
export const groupHead = (group: GroupView, at: number, of: number, rows: readonly string[]): string =>
  `${GROUP}${at} of ${of}: ${groupName(group)}  ${groupText(group)} ===\n${rows.join('\n')}\n`;
export const isGroupHead = (line: string): boolean => line.startsWith(GROUP);

/** The two names of a file, though they begin as its removed and added lines do: only before them a line is empty. */
const isHead = (lines: Lines, at: number, line: string): boolean => {
  if (!/^(?:---|\+\+\+) /.test(line)) return false;
  const first = line.startsWith('+') ? at - 1 : at;
  if (first < 0 || (first > 0 && lines.at(first - 1) !== '')) return false;
  return lines.at(first)!.startsWith('--- ') && lines.at(first + 1)?.startsWith('+++ ') === true;
};

/** How a line of a diff is marked by a colour; null for one that is not. */
export const diffTone = (
  lines: Lines,
  at: number,
  line = lines.at(at)!,
): 'strong' | 'good' | 'bad' | 'accent' | null => {
  if (isGroupHead(line) || isHead(lines, at, line)) return 'strong';
  if (line.startsWith('+')) return 'good';
  if (line.startsWith('-')) return 'bad';
  return line.startsWith('@@') ? 'accent' : null;
};

/** Where the run of these signs begins that a text ends in: by hand, as an expression would try each run of a long line. */
export const endOf = (text: string, signs: string): number => {
  let end = text.length;
  while (end > 0 && signs.includes(text[end - 1]!)) end -= 1;
  return end;
};
/** What stands before the blanks at its end, and they: of a command they may be what it does. */
export const atBlanks = (line: string): [text: string, blanks: string] => {
  const end = endOf(line, ' \t');
  return [line.slice(0, end), line.slice(end)];
};
/** Blanks at the end of a line that came or went do something, and show nothing: what stands before them, and they. */
export const withoutTrailing = (line: string): [text: string, blanks: string] => {
  const end = /^[+-]/.test(line) ? Math.max(1, endOf(line, ' \t')) : line.length;
  return [line.slice(0, end), line.slice(end)];
};
/** They as escapes: of a text that was made harmless nothing else reads so. */
export const spelledBlanks = (blanks: string): string =>
  blanks.replaceAll(' ', '\\x20').replaceAll('\t', '\\x09');
