/** Sessions and approvals as text: what our side computed comes first, the text of others last. */

import { isTerminal } from '../../core/machines/machine.ts';
import { sessionMachine } from '../../core/machines/session.ts';
import type { ApprovalView } from '../../services/user/approvals.ts';
import type { FileView } from '../../services/user/shown-change.ts';
import type { inbox, sessionView } from '../../services/user/views.ts';
import { age } from '../kit/age.ts';
import type { Token } from '../kit/render.ts';
import { count, pairs, table } from '../kit/render.ts';

type Paint = (token: Token, text: string) => string;

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

export const approvalText = (view: ApprovalView, paint: Paint): string => {
  // Not cut at a terminal's edge: whoever signs sees each path whole
  const files = view.files.map((one) => [changeText(one), one.path]);
  const facts = pairs([
    ['approval', view.id],
    [
      'state',
      view.state +
        (view.decision ? ` (you ${view.decision} it${view.reason ? `: ${view.reason}` : ''})` : ''),
    ],
    ['operation', `${view.operation} of commit ${view.commit}`],
    ['to', `${view.remote} ${view.ref}`],
    ['expected head', view.expectedHead ?? 'none (new branch)'],
    ['change', `${count(view.files.length, 'file')}, ${count(view.bytes, 'byte')} after it`],
    ['subject', view.subjectDigest],
    ['expires', view.expires],
    ['asked by', `${view.node}, launched by ${view.launchedBy}`],
    ['task', view.title],
  ]);
  const diff = view.diff.split('\n').map((line) => colour(line, paint));
  return `${facts}\n\n${table(['change', 'path'], files)}\n\n${diff.join('\n')}`;
};

type Session = ReturnType<typeof sessionView>;

const outcome = (view: Session): string | null => {
  const published = view.artifacts.map((one) => `${one.commit} on ${one.branch}`).join('\n');
  const isNothing = view.state === 'completed' && view.commit === null;
  return published || (isNothing ? 'nothing was changed' : null);
};

const TAIL = 300;

/** The end of a session that was waited for; where it changed nothing, what it said is all there is. */
const askedLine = ({ id }: { id: string }): string => `it asks for your approval: ${id}`;

/** What a wait came to: the end, or the approval that it was for. */
export const endText = (view: Session): string => {
  const head = `${view.id} ${view.state}${view.reason ? `: ${view.reason}` : ''}`;
  if (!isTerminal(sessionMachine, view.state))
    return [head, ...view.approvals.filter((one) => one.state === 'pending').map(askedLine)].join('\n');
  const published = view.artifacts.map((one) => `published ${one.commit} on ${one.branch}`);
  if (published.length > 0 || view.commit !== null) return [head, ...published].join('\n');
  const said = view.summary ? [`it said: ${view.summary.slice(-TAIL)}`] : [];
  return [head, 'nothing was changed', ...said].join('\n');
};

export const sessionText = (view: Session): string =>
  pairs([
    ['session', view.id],
    ['state', view.state + (view.reason ? `: ${view.reason}` : '')],
    ['node', view.node],
    ['launched by', view.requester],
    ['attempt', view.attempt],
    ['since', view.since],
    ['task', view.title],
    ['approvals', view.approvals.map((one) => `${one.id} ${one.state}`).join('\n') || null],
    ['published', outcome(view)],
    ['summary', view.summary || null],
  ]);

/** Nothing expires any more where it is decided. */
const expiry = ({ state, expires }: { state: string; expires: string }, now: number): string =>
  state === 'pending' ? age(expires, now) : '';

export const inboxText = (
  items: ReturnType<typeof inbox>['items'],
  { now, width }: { now: number; width: number },
): string => {
  const asked = items.flatMap((one) =>
    one.what === 'approval'
      ? [[one.id, one.node, one.state, count(one.files, 'file'), expiry(one, now), one.title]]
      : [],
  );
  const running = items.flatMap((one) =>
    one.what === 'session' ? [[one.id, one.node, one.state, age(one.since, now), one.title]] : [],
  );
  const parts = [
    asked.length > 0
      ? table(['approval', 'node', 'state', 'change', 'expires', 'task'], asked, width)
      : 'no approvals are waiting for you',
    running.length > 0
      ? table(['session', 'node', 'state', 'since', 'task'], running, width)
      : 'no open sessions',
  ];
  return parts.join('\n\n');
};
