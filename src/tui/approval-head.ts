/** What stands before the change in an approval: facts that our side computed, the task, the files; and how text of others looks. */
import type { Part } from '../core/source/changed-words.ts';
import { allowedGate, allowedReach, allowedText } from '../services/user/allowed.ts';
import { attachedText } from '../services/user/attached-words.ts';
import { boundWords, callParts, claimedFacts, isOfCommit } from '../services/user/bound-words.ts';
import type { ChangeView } from '../services/user/change-view.ts';
import {
  atBlanks,
  changeTotals,
  endOf,
  fileRow,
  groupName,
  groupText,
  movesOf,
  spelledBlanks,
  withoutTrailing,
} from '../services/user/change-words.ts';
import { grantFacts } from '../services/user/grants.ts';
import type { Signer } from '../services/user/shown-task.ts';
import { type AskedChange, grantIn } from './asked.ts';
import { ours, type Span, type SpanTone, spelled, theirs } from './frame/line.ts';
import { shownParts } from './marked-words.ts';
import type { Surface } from './state.ts';

type Source = { span: Span };

type TextOf = (text: string, tone?: SpanTone) => Span;
/** How text of others is shown: a line of a change, one of a command, and any other; `indent` begins the rest of a long line. */
export type TextLook = { text: TextOf; line: TextOf; exact: TextOf; parts: PartsOf; indent: string };
/** Where parts of a line are in its text as it is shown. */
type PartsOf = (line: string, parts: readonly Part[], shown: string) => readonly Part[];

const NAMED = 14;
const fact = ({ text }: TextLook, name: string, words: string): Source => ({
  span: text(`${name.padEnd(NAMED)}${words}`),
});

const signerText = ({ name, npub, claimed }: Signer, asker: string): string =>
  name === null ? npub : `${name} (${npub}${claimed ? `, claimed by ${asker}` : ''})`;

type Split = (line: string) => [text: string, blanks: string];
/** Each blank is a dot there, a tab an arrow as everywhere, and a dot that is one is escaped. */
const drawnWith =
  (split: Split): TextOf =>
  (line, tone) => {
    const [before, blanks] = split(line);
    const { text } = theirs(before);
    const end = endOf(text, '·');
    const dots = '\\u{b7}'.repeat(text.length - end);
    return {
      text: text.slice(0, end) + dots + theirs(blanks.replaceAll(' ', '·')).text,
      tone: tone ?? 'plain',
    };
  };

/** Piece by piece as above, but for dots at the end, which then are not marked. */
export const drawnParts: PartsOf = (line, parts, shown) => {
  const end = withoutTrailing(line)[0].length;
  const show = (from: number, to: number): string =>
    theirs(line.slice(from, Math.max(from, Math.min(to, end)))).text +
    theirs(line.slice(Math.max(from, end), to).replaceAll(' ', '·')).text;
  return shownParts(line, parts, show, shown);
};

/** Begins the rest of a long line: no line of a change or a task begins so. */
const INDENT = '»   ';
const DRAWN: TextLook = {
  ...{ text: theirs, line: drawnWith(withoutTrailing), exact: drawnWith(atBlanks) },
  ...{ parts: drawnParts, indent: INDENT },
};

/** The same blanks in sentences are spelled, as everything is that would show nothing. */
const spelledWith =
  (split: Split): TextOf =>
  (line, tone) => {
    const [before, blanks] = split(line);
    return { text: spelled(before).text + spelledBlanks(blanks), tone: tone ?? 'plain' };
  };
/** A voice has no tones. */
const SPOKEN: TextLook = {
  ...{ text: spelled, line: spelledWith(withoutTrailing), exact: spelledWith(atBlanks) },
  ...{ parts: () => [], indent: 'continued: ' },
};

export const LOOKS: Readonly<Record<Surface, TextLook>> = { full: DRAWN, inline: DRAWN, spoken: SPOKEN };

/** What each of them that is decided here is called, and what would be signed of it. */
const severalSources = (view: AskedChange, look: TextLook): Source[] => {
  if (view.what !== 'approval' || !view.alike) return [];
  const all = [view, ...view.alike];
  return [
    {
      span: ours(
        `${all.length} requests for the same: one decision signs each (a filter for its id shows one alone). They differ in this:`,
        'strong',
      ),
    },
    ...all
      .filter(isOfCommit)
      .flatMap((one, at) => [
        fact(look, `${at + 1} of ${all.length}`, `approval ${one.id} of session ${one.session}`),
        fact(look, '', `commit ${one.commit} to ${one.ref}`),
        fact(look, '', `expires ${one.expires}`),
        fact(look, '', `subject ${one.subjectDigest}`),
      ]),
    { span: ours('') },
  ];
};

const grantSources = (view: AskedChange, look: TextLook): Source[] => {
  const grant = grantIn(view);
  return grant
    ? [...grantFacts(grant).map(([name, text]) => fact(look, name, text)), { span: ours('') }]
    : [];
};

type FilesOf = Pick<ChangeView, 'files' | 'groups'>;
/** Where there is one alone, its row names it; of groups each names its files below. */
const fileSources = ({ files, groups }: FilesOf, look: TextLook): Source[] => {
  const moves = movesOf(groups.length > 0 ? [] : files);
  const rows =
    groups.length > 0
      ? groups.map((group) => `${groupName(group)}  ${groupText(group)}`)
      : files.map((one) => fileRow(one, moves));
  const [alone = '', ...others] = rows;
  if (rows.length > 0 && others.length === 0)
    return [fact(look, groups.length > 0 ? 'group' : 'file', alone)];
  const title = groups.length > 0 ? `${groups.length} groups, by directory:` : 'files:';
  return [{ span: ours(title, 'strong') }, ...rows.map((row) => ({ span: look.text(row) }))];
};

/** The change begins behind the last of them. */
export const headSources = (view: AskedChange, look: TextLook): Source[] => {
  const blank: Source = { span: ours('') };
  return [
    ...severalSources(view, look),
    ...grantSources(view, look),
    ...boundWords(view).facts.map(([name, text]) => fact(look, name, text)),
    ...(isOfCommit(view) ? [fact(look, 'change', changeTotals(view.files))] : []),
    ...claimedFacts(view).map(([name, text]) => fact(look, name, text)),
    fact(look, 'asked by', signerText(view.asker, view.node)),
    fact(look, 'launched by', signerText(view.launcher, view.node)),
    ...(view.path.length > 2 ? [fact(look, 'path', view.path.join(' > '))] : []),
    fact(look, 'allowed by', allowedText(view.allowed)),
    ...allowedReach(view.allowed).map((words) => fact(look, 'its turns', words)),
    ...(isOfCommit(view) ? allowedGate(view.allowed) : []).map((words) => fact(look, 'its gate', words)),
    fact(look, 'expires', view.expires),
    fact(look, view.what, `${view.id} of session ${view.session}`),
    blank,
    ...(isOfCommit(view)
      ? []
      : callParts(view).flatMap(({ title, text }) => [...block(title, text, look, look.exact), blank])),
    ...block(`task as ${view.node} has it:`, view.task, look),
    ...view.attached.map((one) => fact(look, 'attached', attachedText(one))),
    ...(isOfCommit(view) ? [blank, ...fileSources(view, look), blank] : []),
  ];
};

/** Indented: no line of it reads as one of ours. */
const block = (title: string, text: string, look: TextLook, lineOf = look.text): Source[] => [
  { span: look.text(title, 'strong') },
  ...text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => ({ span: lineOf(`    ${line}`) })),
];
