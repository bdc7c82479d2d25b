/** What lines say: with the marks of the full screen, or as sentences that can be read aloud. */
import { age } from '../../core/encoding/age.ts';
import { cutMarked } from '../../core/encoding/cut.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { ApprovalState, ChangeAsk } from '../../core/vocabulary.ts';
import type { InboxItem, Live, SessionItem, TraceRow } from '../../services/user/live.ts';
import { OPERATION_WORDS } from '../../services/user/operation-words.ts';
import type { SessionTree } from '../../services/user/tree.ts';
import { treeRows } from '../../services/user/tree-words.ts';
import { troubleFacts, troubleName, troubleWhy } from '../../services/user/trouble-words.ts';
import type { TroubleItem } from '../../services/user/troubles.ts';
import type { Act } from '../acts.ts';
import type { Phase } from '../approval.ts';
import { DIGEST_LENGTH, subjectHex } from '../approval.ts';
import { readAllOf } from '../approval-pane.ts';
import { ASK_WORDS, type AskedChange, allOf, decidingWords, grantIn, isSeveral } from '../asked.ts';
import { type CellLine, ours, type Span, spelled, theirs } from '../frame/line.ts';
import { keyNameOf, keyOf, keysOf } from '../keys.ts';
import type { ListedItem } from '../layout.ts';
import { grantText } from '../open-grants.ts';
import {
  approvalWords,
  itemLine,
  sessionLines,
  stateWords,
  traceLine,
  treeLines,
  troubleLines,
  whatOf,
} from '../panes.ts';
import { signedLines, signedWords } from '../signed-lines.ts';
import type { Screen, Typing } from '../state.ts';
import { ANSWERS, isLookingFor, LOOKING } from '../typing.ts';

type Keyed = Pick<Screen, 'surface' | 'bound'>;

/** A line for each thing that can be told. `keys`: those that open it now, one after another. */
export type Words = {
  text(text: string): Span;
  /** Words of ours, with the marks of the full screen where that has some. */
  notice(text: string): Span;
  time(now: number): Span;
  start(live: Live): CellLine;
  item(one: ListedItem, isSelected: boolean, now: number): CellLine;
  session(one: SessionItem, drawn: Parameters<typeof sessionLines>[1]): CellLine[];
  tree(tree: SessionTree, width: number, now: number): CellLine[];
  trace(row: TraceRow): CellLine;
  asks(one: ChangeItem, keys: readonly string[], now: number): CellLine;
  wants(one: QuestionItem, keys: readonly string[]): CellLine;
  warns(one: TroubleItem, keys: readonly string[]): CellLine;
  trouble(one: TroubleItem, width: number, now: number): CellLine[];
  verified(view: AskedChange): CellLine;
  where(from: number, to: number, all: number): CellLine;
  signed(view: AskedChange, now: number): CellLine[];
  question(view: AskedChange): CellLine;
  readAll(view: AskedChange): CellLine;
  decided(phase: Extract<Phase, { name: 'decided' }>, what: ChangeAsk): CellLine;
  keys(): CellLine[];
  line(what: Typing['what']): CellLine;
};
export type WaitingItem = Exclude<InboxItem, { what: 'session' }>;
type ChangeItem = Extract<InboxItem, { what: ChangeAsk }>;
export type QuestionItem = Extract<InboxItem, { what: 'question' }>;

const clock = (at: number): string => shownTime(at / 1000).slice(11, 19);
const several = (view: AskedChange): string => (isSeveral(view) ? ` all ${allOf(view).length}` : '');
const first = (view: AskedChange): string => subjectHex(view).slice(0, DIGEST_LENGTH);

/** All of it is in the approval, or in its session. */
const BRIEF = 120;
const brief = (title: string): string => cutMarked(title, BRIEF);

const KEYS_WIDTH = 24;

const marked = (screen: Keyed): Words => ({
  text: theirs,
  notice: theirs,
  time: (now) => ours(`${clock(now)} `, 'dim'),
  start: ({ graph, me }) => [
    ours('entangle ', 'strong'),
    theirs(`${graph}/${me}`),
    ours(`; ${keyOf(screen, 'help')} shows the keys, ${keyOf(screen, 'quit')} leaves`, 'dim'),
  ],
  item: (one, ...rest) => itemLine({ ...one, title: brief(one.title) }, ...rest),
  session: sessionLines,
  tree: treeLines,
  trace: traceLine,
  asks: (one, keys, now) => [
    ours(whatOf(one).padEnd(10), 'warn'),
    theirs(`${one.node}: ${brief(one.title)}`, 'strong'),
    ours(`  expires ${age(one.expires, now)}; ${keys.join(', then ')} opens it`),
  ],
  wants: (one, keys) => [
    ours('asks you  ', 'warn'),
    theirs(`${one.node}: ${brief(one.text)}`, 'strong'),
    ours(`  ${keys.join(', then ')} answers it`),
  ],
  warns: (one, keys) => [
    ours(`! ${troubleName(one)} `, 'warn'),
    theirs(`${one.node}: ${brief(one.title)}`, 'strong'),
    theirs(`  ${troubleWhy(one)}; ${keys.join(', then ')} tells more`),
  ],
  trouble: troubleLines,
  verified: (view) => [
    ours('✓ verified ', 'good'),
    theirs(`${view.what} ${view.id} of ${view.node}: these are the bytes that would be signed`),
  ],
  where: (from, to, all) => [ours(`── rows ${from} to ${to} of ${all}`, 'dim')],
  signed: signedLines,
  question: (view) => [
    ours(`to sign${several(view)}, type the first ${DIGEST_LENGTH} of the digest, `, 'warn'),
    ours(first(view), 'strong'),
    ours(': a key within five seconds each, esc cancels', 'dim'),
  ],
  readAll: (view) => [
    ours(`${readAllOf(view)}: ${decidingWords(view, (act) => keyOf(screen, act))}`, 'good'),
  ],
  decided: ({ what: as }, what) => [
    ours(`${ASK_WORDS[what].decided[as]} by you: ✓ signed; ${keyOf(screen, 'back')} goes back`, 'good'),
  ],
  keys: () =>
    keysOf(screen).map(({ keys, words }) => [
      ours(keys.join(', ').padEnd(KEYS_WIDTH), 'accent'),
      ours(words),
    ]),
  line: (what) =>
    isLookingFor(what)
      ? [ours(`${LOOKING[what].words}: ${LOOKING[what].enter}, esc cancels`, 'warn')]
      : [ours(`${ANSWERS[what].name}: ${ANSWERS[what].enter}, esc cancels`, 'warn')],
});

/** A reader says a mark by its name, or not at all; the word beside it says the same. */
const unmarked = (text: string): string => text.replaceAll(/[✓≈] (?=signed|claimed)/g, '');
const sentence = (text: string): CellLine => [spelled(text)];
const askedWords = (one: ChangeItem): string =>
  one.what === 'approval' ? OPERATION_WORDS[one.operation].asked : one.what;
const spokenItem = (one: ListedItem, now: number): string => {
  switch (one.what) {
    case 'approval':
      return `${one.alike ? `${one.alike.length + 1} equal approvals` : OPERATION_WORDS[one.operation].spoken} for ${one.node}: ${brief(one.title)}. Expires ${age(one.expires, now)}.`;
    case 'question':
      return `Question of ${one.node}: ${brief(one.text)}.`;
    case 'review':
      return `Review for ${one.node}: ${brief(one.title)}. Expires ${age(one.expires, now)}.`;
    case 'session':
      return `Session of ${one.node}, ${stateWords(one)}: ${brief(one.title)}.`;
    case 'conflict':
    case 'behind':
    case 'muted':
    case 'unsent':
      return spokenTrouble(one);
  }
};
const spokenTrouble = (one: TroubleItem): string =>
  `${capital(troubleName(one))}, ${one.node}: ${brief(one.title)}. ${capital(troubleWhy(one))}.`;

const spokenTrace = (row: TraceRow): string => {
  switch (row.is) {
    case 'signed':
      return `signed: ${row.type} by ${row.signer}`;
    case 'printed':
      return `claimed by ${row.signer}: ${row.text}`;
    case 'missed':
      return `${row.bytes} bytes that ${row.signer} printed were not received`;
  }
};

/** Signs that a reader may pass over, or read as the small letter. */
const KEY_WORDS: Readonly<Record<string, string>> = { '/': 'slash', '?': 'question mark' };
const keyWord = (key: string): string =>
  KEY_WORDS[key] ?? (/^[A-Z]$/.test(key) ? `capital ${key}` : key.replace('ctrl-', 'control '));

const spoken = (screen: Keyed): Words => ({
  text: spelled,
  notice: (text) => spelled(unmarked(text)),
  time: (now) => ours(`${clock(now)}, `),
  start: ({ graph, me }) =>
    sentence(
      `Entangle, graph ${graph}, for ${me}. ${capital(saidKey(screen, 'help'))} tells the keys, ${saidKey(screen, 'quit')} leaves.`,
    ),
  item: (one, isSelected, now) => sentence(`${isSelected ? 'Selected: ' : ''}${spokenItem(one, now)}`),
  session: (one, { width, now, tree, grants = [] }) => [
    sentence(
      `${spokenItem(one, now)} Asked by ${one.requester}, attempt ${one.attempt}, since ${age(one.since, now)}.`,
    ),
    ...(tree ? spoken(screen).tree(tree, width, now) : []),
    ...(one.reason ? [sentence(`Reason: ${one.reason}`)] : []),
    ...(one.nobodyRuns ? [sentence(`Nobody runs ${one.node} now.`)] : []),
    ...one.questions.map(({ id, state, text }) =>
      sentence(state === 'open' ? `Asks you: ${text}` : `Question ${id}, ${state}.`),
    ),
    ...one.approvals.map((asked) => sentence(`Approval ${asked.id}, ${approvalWords(asked)}.`)),
    ...grants.map((grant) =>
      sentence(`Grant of yours, ${grantText(grant, now)}. To end it: ${saidKey(screen, 'revoke')}.`),
    ),
    ...one.artifacts.map(({ commit, branch }) => sentence(`Published ${commit} on ${branch}.`)),
    ...(one.summary ? [sentence(`Claimed: ${one.summary.trimEnd()}`)] : []),
  ],
  tree: (tree, _, now) =>
    treeRows(tree, (since) => age(since, now)).map(({ depth, text, isSigned }) =>
      sentence(`Level ${depth}, ${isSigned ? 'signed' : 'claimed'}: ${text}.`),
    ),
  trace: (row) => sentence(`${clock(row.at)}, ${spokenTrace(row)}`),
  asks: (one, keys, now) =>
    sentence(
      `${one.node} asks for your ${askedWords(one)}: ${brief(one.title)}. Expires ${age(one.expires, now)}. To open it: ${keys.join(', then ')}.`,
    ),
  wants: (one, keys) =>
    sentence(`${one.node} asks you: ${brief(one.text)}. To answer it: ${keys.join(', then ')}.`),
  warns: (one, keys) => sentence(`${spokenTrouble(one)} To hear more: ${keys.join(', then ')}.`),
  trouble: (one, _, now) =>
    troubleFacts(one, now).map(([name, text]) => sentence(`${capital(unmarked(name))}: ${text}.`)),
  verified: (view) =>
    sentence(
      `${capital(view.what)} ${view.id} of ${view.node} is verified: these are the bytes that would be signed.`,
    ),
  where: (from, to, all) => sentence(`Rows ${from} to ${to} of ${all}.`),
  signed: (view, now) => {
    const { lines, binds } = signedWords(view);
    return [
      sentence(`To sign: ${lines[0]}`),
      ...lines.slice(1).map(sentence),
      sentence(`Expires ${age(view.expires, now)}. It binds: ${binds}.`),
      sentence(
        `${grantIn(view) ? 'The digest of its scope' : 'Its digest'} begins ${[...first(view)].join(' ')}, and is sha256 ${subjectHex(view)}`,
      ),
    ];
  },
  question: (view) =>
    sentence(
      `To sign${several(view)}, type the first ${DIGEST_LENGTH} of the digest, ${[...first(view)].join(' ')}, a key within five seconds each. Escape cancels.`,
    ),
  readAll: (view) =>
    sentence(`${capital(readAllOf(view))}. ${capital(decidingWords(view, (act) => saidKey(screen, act)))}.`),
  decided: ({ what: as }, what) =>
    sentence(`Signed: ${ASK_WORDS[what].decided[as]} by you. ${capital(saidKey(screen, 'back'))} goes back.`),
  keys: () =>
    keysOf(screen).map(({ keys, words }) => sentence(`${keys.map(keyWord).join(' or ')}: ${words}.`)),
  line: (what) =>
    isLookingFor(what)
      ? sentence(`Type the ${LOOKING[what].words}. ${capital(LOOKING[what].enter)}, escape cancels.`)
      : sentence(`Type the ${ANSWERS[what].name}. ${capital(ANSWERS[what].enter)}, escape cancels.`),
});
const saidKey = (screen: Keyed, act: Act): string => keyWord(keyNameOf(screen, act));
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export const surfaceWords = (screen: Keyed): Words =>
  screen.surface === 'spoken' ? spoken(screen) : marked(screen);

/** The same of one that is not open: as the list has it, whoever decided. */
const GONE: Readonly<Record<ApprovalState, string>> = {
  pending: 'decided by you',
  approved: 'approved',
  rejected: 'rejected',
  superseded: 'changes of it are wanted',
  expired: 'expired',
  withdrawn: 'its node does not ask for it any more',
  invalidated: 'void: the graph, the node or the branch is another now',
};
export const goneWords = (as: ApprovalState | null): string => (as ? GONE[as] : 'waits for you no more');
