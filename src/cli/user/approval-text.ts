/** An approval as text: what our side computed comes first, the text of others last. */
import type { ShownAs } from '../../core/vocabulary.ts';
import type { ApprovalView } from '../../services/user/approvals.ts';
import type { FileView } from '../../services/user/shown-change.ts';
import type { Signer } from '../../services/user/shown-task.ts';
import { age } from '../kit/age.ts';
import { counted, pairs, type Token, table } from '../kit/render.ts';
import { linesOf, taskBlock } from './shown-task.ts';

type Paint = (token: Token, text: string) => string;

const signerText = ({ name, npub, claimed }: Signer, asker: string): string => {
  if (name === null) return npub;
  return `${name} (${npub.slice(0, 13)}…${npub.slice(-8)}${claimed ? `, claimed by ${asker}` : ''})`;
};

/** What this person decided stays with the state, whatever became of the approval. */
export const stateText = ({ state, decision, reason }: Decided): string => {
  if (decision === null) return state;
  const why = reason ? `: ${reason}` : '';
  return decision === state ? `${state} by you${why}` : `${state} (you ${decision} it${why})`;
};
type Decided = { state: string; decision: string | null; reason: string | null };

/** The two names of a file, though they begin as its removed and added lines do: only before them a line is empty. */
const isHead = (lines: readonly string[], at: number): boolean => {
  const first = lines[at]!.startsWith('+++ ') ? at - 1 : at;
  const isFirst = first === 0 || lines[first - 1] === '';
  return isFirst && lines[first]!.startsWith('--- ') && lines[first + 1]?.startsWith('+++ ') === true;
};

const colour = (line: string, at: number, lines: readonly string[], paint: Paint): string => {
  if (isHead(lines, at)) return paint('strong', line);
  if (line.startsWith('+')) return paint('good', line);
  if (line.startsWith('-')) return paint('bad', line);
  return line.startsWith('@@') ? paint('accent', line) : line;
};

const NOT_SHOWN: Readonly<Record<Exclude<ShownAs, 'hunks'>, string>> = {
  binary: 'binary',
  text_to_binary: 'was text, is binary',
  too_long: 'too long to show',
};
/** As git marks it: added, deleted, modified. */
const letterOf = ({ old, new: now }: FileView): string => {
  if (old && now) return 'M';
  return old ? 'D' : 'A';
};

/** One file that went and one that came with the same bytes and mode, and no others with these: as what it was, and is. */
const movesOf = (files: readonly FileView[]): Map<FileView, string> => {
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

const changeText = (one: FileView): string => {
  const modes = [one.old?.mode, one.new?.mode];
  const mode = modes[0] && modes[1] && modes[0] !== modes[1] ? `, mode ${modes.join(' -> ')}` : '';
  if (one.shown !== 'hunks') return `${NOT_SHOWN[one.shown]}${mode}`;
  return `+${one.added} -${one.removed}${mode}${one.recomputed ? '' : ', not recomputed here'}`;
};

/** `taskRows`: how much of a long task there is room for. */
type Screen = { width: number; taskRows?: number };

const taskText = ({ id, node, task }: ApprovalView, { width, taskRows }: Screen): string => {
  const all = `\`entangle user show ${id}\` shows all of it`;
  const cut = taskRows === undefined ? {} : { cut: { rows: taskRows, all } };
  const block = taskBlock(task, { width, ...cut });
  return `task as ${node} has it, ${counted(linesOf(task).length, 'line')}:\n\n${block}`;
};

const totals = ({ files }: ApprovalView): string => {
  const sum = (of: (one: FileView) => number) => files.reduce((all, one) => all + of(one), 0);
  return `${counted(files.length, 'file')}, +${sum((one) => one.added)} -${sum((one) => one.removed)}`;
};

/** What is signed, again, where all above it is out of sight. */
export const closingText = (view: ApprovalView, now: number): string =>
  pairs([
    ['to sign', `${view.operation} of commit ${view.commit}`],
    ['to', `${view.remote} ${view.ref}${view.expectedHead === null ? ' (new branch)' : ''}`],
    ['change', `${totals(view)}; expires ${age(view.expires, now)}`],
    ['subject', view.subjectDigest],
  ]);

export const approvalText = (view: ApprovalView, paint: Paint, screen: Screen): string => {
  // Not cut at a terminal's edge: whoever signs sees each path whole
  const moves = movesOf(view.files);
  const files = view.files.map((one) => [
    `${letterOf(one)} ${changeText(one)}`,
    moves.has(one) ? `${one.path} (${moves.get(one)})` : one.path,
  ]);
  const facts = pairs([
    ['approval', view.id],
    ['state', stateText(view)],
    ['operation', `${view.operation} of commit ${view.commit}`],
    ['to', `${view.remote} ${view.ref}`],
    ['expected head', view.expectedHead ?? 'none (new branch)'],
    ['change', `${totals(view)}, ${counted(view.bytes, 'byte')} after it`],
    ['subject', view.subjectDigest],
    ['expires', view.expires],
    ['asked by', signerText(view.asker, view.node)],
    ['launched by', signerText(view.launcher, view.node)],
    ['path', view.path.length > 2 ? view.path.join(' > ') : null],
  ]);
  const diff = view.diff.split('\n').map((line, at, lines) => colour(line, at, lines, paint));
  return [facts, taskText(view, screen), table(['change', 'path'], files), diff.join('\n')].join('\n\n');
};
