/** An approval or a review as text: what our side computed comes first, the text of others last. */

import { age } from '../../core/encoding/age.ts';
import { diffSyntax, syntaxHunks } from '../../core/source/diff-syntax.ts';
import type { SyntaxPart } from '../../core/source/syntax.ts';
import { LINES_A_STEP, linesOfText } from '../../core/source/text-lines.ts';
import type { Steps } from '../../core/steps.ts';
import type { Decision } from '../../core/vocabulary.ts';
import { allowedGate, allowedReach, allowedText } from '../../services/user/allowed.ts';
import type { ApprovalView } from '../../services/user/approval-view.ts';
import { DECIDED } from '../../services/user/approvals.ts';
import type { AskedCommit } from '../../services/user/asked-view.ts';
import { attachedText } from '../../services/user/attached-words.ts';
import { boundWords, callParts, claimedFacts, isOfCommit } from '../../services/user/bound-words.ts';
import {
  atBlanks,
  changeText,
  changeTotals,
  diffTone,
  groupName,
  groupText,
  isGroupHead,
  letterOf,
  movesOf,
  pathText,
  spelledBlanks,
  withoutTrailing,
} from '../../services/user/change-words.ts';
import { callWordsOf } from '../../services/user/operation-words.ts';
import { REVIEWED, type ReviewView } from '../../services/user/reviewing.ts';
import type { Signer } from '../../services/user/shown-task.ts';
import { counted, type Paint, pairs, table, wrapCells } from '../kit/render.ts';
import { linesOf, taskBlock } from './shown-task.ts';

export const signerText = ({ name, npub, claimed }: Signer, asker: string): string => {
  if (name === null) return npub;
  return `${name} (${npub.slice(0, 13)}…${npub.slice(-8)}${claimed ? `, claimed by ${asker}` : ''})`;
};

/** What this person decided stays with the state, whatever became of the approval. */
export const stateText = ({ state, decision, reason, acknowledged }: Decided): string => {
  if (decision === null) return state;
  const why = `${reason ? `: ${reason}` : ''}${acknowledged === false ? '; its node has not acknowledged that' : ''}`;
  return decision === state ? `${state} by you${why}` : `${state} (you ${DECIDED[decision]}${why})`;
};
type Decided = {
  state: string;
  decision: Decision | null;
  reason: string | null;
  /** Left out where there is no room to say it. */
  acknowledged?: boolean | null;
};

type Asked = ApprovalView | ReviewView;

/** `taskRows`: how much of a long task there is room for. */
type Screen = { width: number; taskRows?: number };

const taskText = ({ id, node, task, attached }: Asked, { width, taskRows }: Screen): string => {
  const all = `\`entangle user show ${id}\` shows all of it`;
  const cut = taskRows === undefined ? {} : { cut: { rows: taskRows, all } };
  const block = taskBlock(task, { width, ...cut });
  const files = attached.map((one, at) => `${at === 0 ? '\n' : ''}\nattached: ${attachedText(one)}`).join('');
  return `task as ${node} has it, ${counted(linesOf(task).length, 'line')}:\n\n${block}${files}`;
};

/** What is signed, again, where all above it is out of sight. */
export const closingText = (view: Asked, now: number): string => {
  const expires = `expires ${age(view.expires, now)}`;
  return pairs([
    ...boundWords(view).facts,
    ...(isOfCommit(view)
      ? [['change', `${changeTotals(view.files)}; ${expires}`] as const]
      : [
          [
            callWordsOf(view.operation).name,
            `${counted(linesOf(view.call.command ?? view.call.words).length, 'line')}, above; ${expires}`,
          ] as const,
        ]),
    ['subject', view.subjectDigest],
  ]);
};

/** What this person said stays with the state. */
const reviewStateText = ({ state, verdict, reason }: ReviewView): string =>
  verdict === null ? state : `${state}: you ${REVIEWED[verdict]}${reason ? `: ${reason}` : ''}`;

const headOf = (view: Asked): [string, string][] => [
  [view.what, view.id],
  ['state', view.what === 'approval' ? stateText(view) : reviewStateText(view)],
];

/** Not cut at a terminal's edge: whoever signs sees each path whole. */
const filesTable = ({ files, groups }: Pick<AskedCommit, 'files' | 'groups'>): string => {
  if (groups.length > 0)
    return table(
      ['change', 'directory'],
      groups.map((group) => [groupText(group), groupName(group)]),
    );
  const moves = movesOf(files);
  const rows = files.map((one) => [`${letterOf(one)} ${changeText(one)}`, pathText(one, moves)]);
  return table(['change', 'path'], rows);
};

/**
 * In pieces, made as they are taken: whoever writes one after the other holds no second copy of a change. An empty one says
 * nothing: what is done before the next takes long.
 */
export function* askedPieces(view: Asked, paint: Paint, screen: Screen): Iterable<string> {
  const making = askedParts(view, paint, screen);
  let made = making.next();
  for (; !made.done; made = making.next()) yield '';
  for (const [at, part] of made.value.entries()) {
    if (at > 0) yield '\n\n';
    yield* part;
  }
}

/** What stands before the change, and the change: as a whole, or each of its groups. */
export function* askedParts(view: Asked, paint: Paint, screen: Screen): Steps<Iterable<string>[]> {
  const facts = pairs([
    ...headOf(view),
    ...boundWords(view).facts,
    ...(isOfCommit(view)
      ? [['change', `${changeTotals(view.files)}, ${counted(view.bytes, 'byte')} after it`] as const]
      : []),
    ...claimedFacts(view),
    ['subject', view.subjectDigest],
    ['expires', view.expires],
    ['asked by', signerText(view.asker, view.node)],
    ['launched by', signerText(view.launcher, view.node)],
    ['path', view.path.length > 2 ? view.path.join(' > ') : null],
    ['allowed by', allowedText(view.allowed)],
    ...allowedReach(view.allowed).map((words) => ['its turns', words] as const),
    ...(isOfCommit(view) ? allowedGate(view.allowed) : []).map((words) => ['its gate', words] as const),
  ]);
  const task = taskText(view, screen);
  if (isOfCommit(view))
    return [[[facts, task, filesTable(view)].join('\n\n')], ...(yield* diffPieces(view.diff, paint))];
  const parts = callParts(view).map(({ title, text }) => `${title}\n\n${commandBlock(text, screen)}`);
  return [[[facts, ...parts, task].join('\n\n')]];
}

const INDENT = '    ';
/** Begins the rest of a long line: no line of a command begins so. */
const GOES_ON = '  » ';
/** Line by line as a shell would have it: blanks at an end are spelled, and the rest of a long line is no line. */
const commandBlock = (text: string, { width }: Screen): string =>
  linesOf(text)
    .map((line) => {
      const [before, blanks] = atBlanks(line);
      // A tab takes as many cells as the terminal likes
      const plain = before.replaceAll('\t', spelledBlanks('\t')) + spelledBlanks(blanks);
      const rows = wrapCells(plain, width - INDENT.length);
      return rows.map((row, at) => `${at === 0 ? INDENT : GOES_ON}${row}`).join('\n');
    })
    .join('\n');

/** So many lines are made into text at a time. */
const LINES_A_PIECE = 500;
function* diffPieces(diff: string, paint: Paint): Steps<Iterable<string>[]> {
  const lines = yield* linesOfText(diff);
  const syntaxAt = diffSyntax(lines, yield* syntaxHunks(lines));
  const heads: number[] = [];
  for (let at = 1; at < lines.length; at++) {
    if (isGroupHead(lines.at(at)!)) heads.push(at);
    if (at % LINES_A_STEP === 0) yield;
  }
  const shownLine = (at: number): string => {
    const tone = diffTone(lines, at);
    const inTone = (text: string): string => (tone && text !== '' ? paint(tone, text) : text);
    const [before, blanks] = withoutTrailing(lines.at(at)!);
    const parts = syntaxAt(at).filter(({ to }) => to <= before.length);
    return syntaxText(before + spelledBlanks(blanks), parts, inTone, paint);
  };
  function* pieces(from: number, end: number): Iterable<string> {
    for (let at = from; at < end; at += LINES_A_PIECE) {
      const size = Math.min(LINES_A_PIECE, end - at);
      yield (at === from ? '' : '\n') + Array.from({ length: size }, (_, n) => shownLine(at + n)).join('\n');
    }
    if (end === lines.length && diff.endsWith('\n')) yield '\n';
  }
  // A blank line stands before each
  return [0, ...heads].map((from, n) => pieces(from, (heads[n] ?? lines.length + 1) - 1));
}

/** Each piece is begun and ended by itself. */
const syntaxText = (
  text: string,
  parts: readonly SyntaxPart[],
  inTone: (text: string) => string,
  paint: Paint,
): string => {
  let [shown, at] = ['', 0];
  for (const { from, to, kind } of parts) {
    shown += inTone(text.slice(at, from)) + inTone(paint(kind, text.slice(from, to)));
    at = to;
  }
  return shown + inTone(text.slice(at));
};
