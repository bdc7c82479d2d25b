/** Sessions and what a person has open as text: what our side computed comes first, the text of others last. */

import { usageSumText } from '../../core/acp/usage.ts';
import { age } from '../../core/encoding/age.ts';
import { lastLine } from '../../core/encoding/cut.ts';
import { isTerminal } from '../../core/machines/machine.ts';
import { sessionMachine } from '../../core/machines/session.ts';
import type { ShownQuestion } from '../../services/user/answers.ts';
import { attachedText } from '../../services/user/attached-words.ts';
import type { InboxItem } from '../../services/user/live.ts';
import { callWordsOf } from '../../services/user/operation-words.ts';
import type { Over } from '../../services/user/over.ts';
import type { ShownSession } from '../../services/user/show.ts';
import { takeLines } from '../../services/user/taking.ts';
import type { SessionTree } from '../../services/user/tree.ts';
import { treeLine, treeRows } from '../../services/user/tree-words.ts';
import { troubleFacts, troubleName, troubleWhy } from '../../services/user/trouble-words.ts';
import type { TroubleItem } from '../../services/user/troubles.ts';
import type { sessionView } from '../../services/user/views.ts';
import { counted, oneLine, pairs, table } from '../kit/render.ts';
import { stateText } from './approval-text.ts';
import { fileLine } from './file-text.ts';
import { taskBlock } from './shown-task.ts';

type Session = ReturnType<typeof sessionView>;

/** An open session may wait for a node that runs nowhere: nothing goes on until it does. */
const standing = (view: Pick<Session, 'state' | 'reason' | 'node' | 'nobodyRuns'>): string =>
  view.state +
  (view.reason ? `: ${oneLine(view.reason)}` : '') +
  (view.nobodyRuns ? ` (nobody runs ${view.node} now)` : '');

const questionLine = ({ id, title }: Session['questions'][number]): string =>
  `it asks you: ${title}\nanswer it: entangle user reply ${id} "…"`;

const reviewLine = ({ id, title }: Session['reviews'][number]): string =>
  `it asks for your review: ${title}\nlook at it: entangle user show ${id}`;

const outcome = (view: Session): string | null => {
  const published = view.artifacts.map((one) => `${one.commit} on ${oneLine(one.branch)}`).join('\n');
  const isNothing = view.state === 'completed' && view.commit === null;
  return published || (isNothing ? 'nothing was changed' : null);
};

export const questionText = (view: ShownQuestion, width: number): string => {
  const facts = pairs([
    [view.kind, view.id],
    ['state', view.state],
    ['asked by', view.node],
    ['came through', view.path.map((name) => oneLine(name)).join(' → ') || null],
    ['session', view.session],
    ['since', view.since],
  ]);
  const asked = `${facts}\n\n${view.kind}:\n\n${taskBlock(view.text, { width })}`;
  if (view.reply !== null) return `${asked}\n\nyour answer:\n\n${taskBlock(view.reply, { width })}`;
  return view.state === 'open' ? `${asked}\n\nanswer it: entangle user reply ${view.id} "…"` : asked;
};

const askedLine = ({ id }: { id: string }): string => `it asks for your approval: ${id}`;

/** What a wait came to: the approval that it was for, or the end; where that changed nothing, what was said is all there is. */
export const endText = (view: Session): string => {
  const head = `${view.id} ${standing(view)}`;
  if (!isTerminal(sessionMachine, view.state))
    return [
      head,
      ...view.approvals.filter((one) => one.state === 'pending').map(askedLine),
      ...view.questions.filter((one) => one.state === 'open').map(questionLine),
      ...view.reviews.filter((one) => one.state === 'open').map(reviewLine),
    ].join('\n');
  const published = view.artifacts.flatMap((one) => [
    `published ${one.commit} on ${oneLine(one.branch)}`,
    ...takeLines(one).map(({ name, command }) => `${name} it: ${command}`),
  ]);
  if (published.length > 0 || view.commit !== null) return [head, ...published].join('\n');
  const last = lastLine(view.summary ?? '');
  const isAll = view.summary?.trim() === last;
  const more = isAll ? [] : [`all of it: \`entangle user show ${view.id}\``];
  const said = last === '' ? [] : [`it said: ${last}`, ...more];
  return [head, 'nothing was changed', ...said].join('\n');
};

/** Names of others stay on their row. */
const treeText = (tree: SessionTree): string =>
  treeRows(tree, (since) => since)
    .map((row) => oneLine(treeLine(row)))
    .join('\n');

export const sessionText = (
  { task, attached, tree, files, ...view }: ShownSession,
  width: number,
): string => {
  const facts = pairs([
    ['session', view.id],
    ['state', standing(view)],
    ['node', view.node],
    ['launched by', view.requester],
    ['attempt', view.attempt],
    ['since', view.since],
    ['task', task === null ? view.title : null],
    ['attached', attached.map((one) => attachedText(one)).join('\n') || null],
    ['approvals', view.approvals.map((one) => `${one.id} ${one.state}`).join('\n') || null],
    ['questions', view.questions.map((one) => `${one.id} ${one.state}: ${one.title}`).join('\n') || null],
    ['reviews', view.reviews.map((one) => `${one.id} ${one.state}: ${one.title}`).join('\n') || null],
    ['published', outcome(view)],
    ['files', files.map(fileLine).join('\n') || null],
    ['usage', view.usage ? usageSumText(view.usage) : null],
    ['tree', tree && treeText(tree)],
    ['summary', view.summary?.trimEnd() || null],
  ]);
  return task === null ? facts : `${facts}\n\ntask:\n\n${taskBlock(task, { width })}`;
};

/** Nothing expires any more where it is decided. */
const expiry = ({ state, expires }: { state: string; expires: string }, now: number): string =>
  state === 'pending' || state === 'open' ? age(expires, now) : '';

/** Whole, since it is seldom and nothing else shows it. */
const wholeText = (one: TroubleItem, now: number): string =>
  `! ${troubleName(one)}\n${pairs(troubleFacts(one, now).map(([name, text]) => [name, oneLine(text)]))}`;

/** A list has one line of each. */
const ANSWER = 'answer one: `entangle user reply QUESTION "…"`';
const WHOLE = 'the whole task, and the change or command: `entangle user show APPROVAL`';
const REVIEW =
  'look at one: `entangle user show REVIEW`; say what you think: `entangle user review REVIEW --pass`, or `--changes -m "…"`';

const whatOf = ({ operation, files, landsOn }: Extract<InboxItem, { what: 'approval' }>): string => {
  if (operation !== 'source.publish') return callWordsOf(operation).one;
  return `${counted(files, 'file')}${landsOn === null ? '' : `, lands on ${landsOn}`}`;
};

/** What is over has no rows: that something failed is not left unsaid. */
const overText = ({ sessions, failed }: Over): string[] => {
  if (sessions === 0) return [];
  const bad = failed === 0 ? '' : `${counted(failed, 'session')} failed within a day; `;
  return [`${bad}what is over is listed by \`entangle user inbox --all\``];
};
const NONE_OVER: Over = { sessions: 0, failed: 0 };

export const inboxText = (
  items: readonly InboxItem[],
  { now, width, over = NONE_OVER }: { now: number; width: number; over?: Over | undefined },
): string => {
  const asked = items.flatMap((one) =>
    one.what === 'approval'
      ? [
          [
            one.id,
            one.node,
            [stateText({ ...one, reason: null, acknowledged: null }), ...(one.by ?? [])].join(', '),
            whatOf(one),
            expiry(one, now),
            one.title,
          ],
        ]
      : [],
  );
  const questions = items.flatMap((one) =>
    one.what === 'question' ? [[one.id, one.kind, one.node, one.state, age(one.since, now), one.title]] : [],
  );
  const answer = items.some((one) => one.what === 'question' && one.state === 'open') ? [ANSWER] : [];
  const reviews = items.flatMap((one) =>
    one.what === 'review'
      ? [[one.id, one.node, one.state, counted(one.files, 'file'), expiry(one, now), one.title]]
      : [],
  );
  const review = items.some((one) => one.what === 'review' && one.state === 'open') ? [REVIEW] : [];
  const running = items.flatMap((one) =>
    one.what === 'session'
      ? [[one.id, one.node, standing({ ...one, reason: null }), age(one.since, now), one.title]]
      : [],
  );
  const unsent = items.flatMap((one) =>
    one.what === 'unsent' ? [[one.node, troubleWhy(one), age(one.since, now), one.title]] : [],
  );
  const muted = items.flatMap((one) =>
    one.what === 'muted' ? [[one.node, troubleWhy(one), age(one.since, now), one.session, one.title]] : [],
  );
  const conflicts = items.flatMap((one) =>
    one.what === 'conflict' || one.what === 'behind' ? [wholeText(one, now)] : [],
  );
  const parts = [
    ...conflicts,
    ...(muted.length > 0 ? [table(['muted', 'state', 'since', 'session', 'task'], muted, width)] : []),
    asked.length > 0
      ? `${table(['approval', 'node', 'state', 'change', 'expires', 'task'], asked, width)}\n${WHOLE}`
      : 'no approvals are waiting for you',
    ...(questions.length > 0
      ? [
          [table(['question', 'kind', 'node', 'state', 'since', 'asks'], questions, width), ...answer].join(
            '\n',
          ),
        ]
      : []),
    ...(reviews.length > 0
      ? [
          [table(['review', 'node', 'state', 'change', 'expires', 'asks'], reviews, width), ...review].join(
            '\n',
          ),
        ]
      : []),
    ...(unsent.length > 0 ? [table(['unsent to', 'state', 'signed', 'what'], unsent, width)] : []),
    running.length > 0
      ? table(['session', 'node', 'state', 'since', 'task'], running, width)
      : 'no open sessions',
    ...overText(over),
  ];
  return parts.join('\n\n');
};
