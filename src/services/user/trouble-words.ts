/** What is in the way, in words, for a screen and for a command alike. Not sanitized. */
import { age } from '../../core/encoding/age.ts';
import { waitedName } from '../../core/projection/asked-rows.ts';
import type { UnsentState, WaitedFor } from '../../core/vocabulary.ts';
import type { TroubleItem } from './troubles.ts';

type Conflict = Extract<TroubleItem, { what: 'conflict' }>;
type Behind = Extract<TroubleItem, { what: 'behind' }>;
type Muted = Extract<TroubleItem, { what: 'muted' }>;
type Unsent = Extract<TroubleItem, { what: 'unsent' }>;
export type TroubleFact = readonly [name: string, text: string];

/** What a row begins with. */
export const troubleName = (one: TroubleItem): string => {
  switch (one.what) {
    case 'conflict':
      return 'Host conflict';
    case 'behind':
      return 'behind';
    case 'muted':
      return 'muted';
    case 'unsent':
      return one.state === 'unrelayed' ? 'unsent' : 'unreceived';
  }
};

/** The heading of all that is known of one. */
export const troubleTitle = (one: TroubleItem): string => {
  switch (one.what) {
    case 'conflict':
      return 'Host conflict';
    case 'behind':
      return 'Behind the Host';
    case 'muted':
      return 'Muted agent';
    case 'unsent':
      return 'Unsent';
  }
};

export const UNSENT_WHY: Readonly<Record<UnsentState, string>> = {
  unrelayed: 'no relay has it',
  unacknowledged: 'not acknowledged',
};

/** In a list, beside whom it is about. */
export const troubleWhy = (one: TroubleItem): string => {
  switch (one.what) {
    case 'conflict':
      return one.kept === null ? 'one is obeyed' : 'nothing of it is obeyed';
    case 'behind':
      return `messages of a later epoch wait: ${one.messages}`;
    case 'muted':
      return `waits for ${[...new Set(one.waits.map(waitedName))].join(', ')}`;
    case 'unsent':
      return `${UNSENT_WHY[one.state]}${one.isLate ? ', late' : ''}`;
  }
};

/** When it is there no more. */
export const troubleOver = (one: TroubleItem): string => {
  switch (one.what) {
    case 'conflict':
      return one.kept === null
        ? `${one.title}: over, it has a new epoch`
        : `${one.title}: over, it proved it`;
    case 'behind':
      return `${one.title}: over`;
    case 'muted':
      return `${one.title}: not muted any more`;
    case 'unsent':
      return `${one.title}: not unsent any more`;
  }
};

/** What comes of it by itself. */
const unsentNext = ({ state, isLate, expires, node }: Unsent, now: number): string => {
  const goes =
    state === 'unrelayed'
      ? 'it is kept, and goes to the first relay that takes it'
      : `it is given to ${node} again until it is acknowledged`;
  if (isLate) return `${goes}; what it answers is over, so it counts no more`;
  return expires === null ? goes : `${goes}; it counts before ${expires}, ${age(expires, now)}`;
};

const unsentFacts = (one: Unsent, now: number): TroubleFact[] => {
  const { id, title, words, node, subjectDigest, since, state, relays } = one;
  return [
    ['✓ signed', title],
    ...(words === null ? [] : [['words', words] as const]),
    ...(subjectDigest === null ? [] : [['digest', subjectDigest] as const]),
    ['to', node],
    ['since', `${age(since, now)}, ${since}`],
    ['why', state === 'unrelayed' ? 'no relay has it' : `${node} has not acknowledged it`],
    ...relays.map((relay) => ['relay', relay] as const),
    ['then', unsentNext(one, now)],
    ['message', id],
  ];
};

/** A Host that starts has the next epoch: what two say as one and the same cannot both be the Host's. */
const conflictFacts = (one: Conflict, now: number): TroubleFact[] =>
  one.kept === null ? bootFacts(one, now) : historyFacts(one, now, one.kept);

const historyFacts = (one: Conflict, now: number, kept: string): TroubleFact[] => [
  ['what', one.title],
  ['refused', 'all that the Host says'],
  ['since', `${age(one.since, now)}, ${one.since}; heard last ${age(one.last, now)}`],
  ['means', 'lines of its ledger were changed or cut, or another ledger runs under its key'],
  ['to do', 'ask whoever runs the Host to find out why; keep this home: it has the proof'],
  ['or', 'its ledger of then is put back, or a restored one starts with `entangle host serve --take-over`'],
  ['then', 'it proves its history to this home, and this goes by itself'],
  ['kept', `the checkpoint ${kept}`],
  ['evidence', one.id],
];

const bootFacts = (one: Conflict, now: number): TroubleFact[] => [
  ['what', one.title],
  ['obeyed', `the one that was heard first, boot ${one.obeyed}`],
  ...one.refused.map((boot) => ['refused', `boot ${boot}: nothing of it is obeyed`] as const),
  ['since', `${age(one.since, now)}, ${one.since}; heard last ${age(one.last, now)}`],
  ['means', 'a copy of the Host runs somewhere, or somebody else has its key'],
  ['to do', 'ask whoever runs the Host to stop both, to find out why, and to start one again'],
  ['then', 'a Host that starts takes the next epoch, and this goes by itself'],
  ['evidence', one.id],
];

const behindFacts = (one: Behind, now: number): TroubleFact[] => [
  ['what', one.title],
  ['epoch', `${one.epoch} is the last one that the Host told this home`],
  ['held', `messages of a later one, which nobody here can judge or acknowledge: ${one.messages}`],
  ['since', `${age(one.since, now)}, ${one.since}`],
  ['means', 'the Host started anew, and another home of this key took what it said'],
  ['or', 'a node claims an epoch that is none'],
  ['to do', 'stop the other homes of this key, then have whoever runs the Host start it again'],
  ['then', 'it says to this home what it follows, and this goes by itself'],
];

const ASKED_WORDS: Readonly<Record<Exclude<WaitedFor, 'runner'>, string>> = {
  approval: 'to approve',
  question: 'to answer',
  review: 'to review',
  task: 'to take its task',
};
const waitWords = ({ node, name, ask, since }: Muted['waits'][number], now: number): string =>
  ask === 'runner'
    ? `${node} waits for another runner, since the one that it is on leaves: ${age(since, now)}`
    : `${node} waits for ${name} ${ASKED_WORDS[ask]}, and has not reached them: ${age(since, now)}`;
const mutedNext = ({ waits }: Muted): string =>
  waits.every(({ ask }) => ask === 'runner')
    ? 'wait until what it has begun there is done, or have whoever runs the Host move it'
    : 'remind them, or have whoever runs the Host name somebody else in the graph';

const mutedFacts = (one: Muted, now: number): TroubleFact[] => [
  ['node', one.node],
  ...one.waits.map((wait) => ['≈ claimed', waitWords(wait, now)] as const),
  ['task', one.title],
  ['session', one.session],
  ['to do', mutedNext(one)],
  ['or', `end the task: entangle user cancel ${one.session}`],
  ['then', 'it goes on when they are there; what has an end expires by itself'],
];

export const troubleFacts = (one: TroubleItem, now: number): TroubleFact[] => {
  switch (one.what) {
    case 'conflict':
      return conflictFacts(one, now);
    case 'behind':
      return behindFacts(one, now);
    case 'muted':
      return mutedFacts(one, now);
    case 'unsent':
      return unsentFacts(one, now);
  }
};
