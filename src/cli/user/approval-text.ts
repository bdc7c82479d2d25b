/** An approval as text: what our side computed comes first, the text of others last. */
import type { ApprovalView } from '../../services/user/approvals.ts';
import type { FileView } from '../../services/user/shown-change.ts';
import type { Signer } from '../../services/user/shown-task.ts';
import { count, pairs, type Token, table } from '../kit/render.ts';
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

const colour = (line: string, paint: Paint): string => {
  if (line.startsWith('+')) return paint('good', line);
  if (line.startsWith('-')) return paint('bad', line);
  return line.startsWith('@@') ? paint('accent', line) : line;
};

const NOT_SHOWN: Readonly<Record<string, string>> = {
  binary: 'binary',
  text_to_binary: 'was text, is binary',
  too_long: 'too long to show',
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
  return `task as ${node} has it, ${count(linesOf(task).length, 'line')}:\n\n${block}`;
};

export const approvalText = (view: ApprovalView, paint: Paint, screen: Screen): string => {
  // Not cut at a terminal's edge: whoever signs sees each path whole
  const files = view.files.map((one) => [changeText(one), one.path]);
  const facts = pairs([
    ['approval', view.id],
    ['state', stateText(view)],
    ['operation', `${view.operation} of commit ${view.commit}`],
    ['to', `${view.remote} ${view.ref}`],
    ['expected head', view.expectedHead ?? 'none (new branch)'],
    ['change', `${count(view.files.length, 'file')}, ${count(view.bytes, 'byte')} after it`],
    ['subject', view.subjectDigest],
    ['expires', view.expires],
    ['asked by', signerText(view.asker, view.node)],
    ['launched by', signerText(view.launcher, view.node)],
    ['path', view.path.length > 2 ? view.path.join(' > ') : null],
  ]);
  const diff = view.diff.split('\n').map((line) => colour(line, paint));
  return [facts, taskText(view, screen), table(['change', 'path'], files), diff.join('\n')].join('\n\n');
};
