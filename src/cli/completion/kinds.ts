/**
 * What may be offered for a value, by the word that stands for it in the usage: the name of an argument, or what follows
 * the `=` of a flag. A row `--flag=WORD` is of that flag alone. Where there is nothing to offer, a shell offers nothing:
 * not a file's name for a text. A new word without a row fails `test/completion.test.ts`.
 */
import type { CompletedValue } from '../../core/command-words.ts';

type Rows = Readonly<Record<string, readonly CompletedValue[]>>;
const of = (...values: CompletedValue[]): readonly CompletedValue[] => values;
const nothing = of();

export const ARGUMENT_VALUES: Rows = {
  agent: of('agent'),
  answer: nothing,
  approval: of('approval'),
  commit: nothing,
  context: nothing,
  artifact: of('artifact', 'approval', 'session'),
  file: of('graphs'),
  from: of('node'),
  grant: of('grant'),
  graph: of('revision', 'graphs'),
  hold: nothing,
  id: of('approval', 'question', 'review', 'session'),
  invite: of('files'),
  // Of something that is to be made
  name: nothing,
  newfile: of('files'),
  node: of('node'),
  one: of('revision', 'graphs'),
  operator: of('operator'),
  principal: of('principal'),
  question: of('question'),
  record: nothing,
  refused: nothing,
  review: of('review'),
  revision: of('revision'),
  runner: of('runner'),
  secret: of('secret'),
  session: of('session'),
  part: of('command'),
  subverb: of('command'),
  task: nothing,
  to: of('node'),
  topic: of('command'),
  two: of('revision', 'graphs'),
  type: of('message_type'),
  url: nothing,
  value: of('setting'),
  verb: of('command'),
};

export const FLAG_VALUES: Rows = {
  '--host=NAME': of('own_host'),
  '--runner=NAME': of('own_runner'),
  '--user=NAME': of('own_user'),
  'ACTION=KEY': nothing,
  ADDRESS: nothing,
  'ADDRESS:PORT': nothing,
  AGENT: of('agent'),
  BRANCH: nothing,
  CMD: nothing,
  CURSOR: nothing,
  DAY: nothing,
  // Who signs types what they read: nothing may put it there for them
  DIGEST: nothing,
  DIR: of('directories'),
  DURATION: nothing,
  FILE: of('files'),
  GRAPH: of('graphs'),
  'KEY=VALUE': nothing,
  MIB: nothing,
  N: nothing,
  NAME: nothing,
  NODE: of('node'),
  NPUB: nothing,
  PORT: nothing,
  PROGRAM: of('files'),
  'ROLE/NAME': nothing,
  RULES: nothing,
  RUNNER: of('runner'),
  SECRET: of('secret'),
  TEXT: nothing,
  TIMES: nothing,
  TYPE: of('message_type'),
  URL: nothing,
  // Compared with what another machine shows
  WORDS: nothing,
};

export const valuesOfFlag = (name: string, word: string): readonly CompletedValue[] =>
  FLAG_VALUES[`--${name}=${word}`] ?? FLAG_VALUES[word] ?? nothing;
