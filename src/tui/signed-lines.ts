/** What a signature is about, in the words of our side: under the change on the full screen, above the question elsewhere. */
import { age } from '../core/encoding/age.ts';
import { formatDuration } from '../core/encoding/time.ts';
import { boundWords } from '../services/user/bound-words.ts';
import type { ProposedGrant } from '../services/user/grants.ts';
import { subjectHex } from './approval.ts';
import { type AskedChange, grantIn } from './asked.ts';
import { type CellLine, ours, theirs } from './frame/line.ts';

const GROUP = 4;

const groups = (view: AskedChange): string[] =>
  subjectHex(view).match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [];

const digestLines = (view: AskedChange): CellLine[] => {
  const [first = '', ...rest] = groups(view);
  const upper = rest.slice(0, 7).join(' ');
  return [
    [
      ours(grantIn(view) ? ' scope sha256   ' : ' subject sha256 '),
      ours(first, 'strong'),
      theirs(` ${upper}`),
    ],
    [ours('                '), theirs(rest.slice(7).join(' '))],
  ];
};

export const signedGrant = ({ uses, ms }: Pick<ProposedGrant, 'uses' | 'ms'>): string =>
  `grant of ${uses} uses for ${formatDuration(ms)}`;

/** In place of the first two: it is not once, and not of one turn. */
const grantLines = (
  { uses, ms, reach, node, session }: ProposedGrant,
  [operation, , answer]: readonly [string, string, string],
): readonly [string, string, string] => [
  `${signedGrant({ uses, ms })}: ${operation.replace(/, once$/, '')} and exact repeats`,
  reach === 'session' ? `in session ${session}` : `in every session of ${node}`,
  answer,
];

/** What it is, in words alone. */
export const signedWords = (
  view: AskedChange,
): { lines: readonly [string, string, string]; binds: string } => {
  const { lines, binds } = boundWords(view);
  const grant = grantIn(view);
  return { lines: grant ? grantLines(grant, lines) : lines, binds };
};

export const signedLines = (view: AskedChange, now: number): CellLine[] => {
  const { lines, binds } = signedWords(view);
  const [first, ...rest] = lines;
  return [
    [theirs(` ${first}`, 'strong')],
    ...rest.map((line): CellLine => [theirs(` ${line}`)]),
    [ours(` expires ${age(view.expires, now)}; binding: ${binds}`)],
    ...digestLines(view),
  ];
};
