/** What a signature is about, in the words of our side: under the change on the full screen, above the question elsewhere. */
import { age } from '../core/encoding/age.ts';
import { boundWords } from '../services/user/bound-words.ts';
import { subjectHex } from './approval.ts';
import type { AskedChange } from './asked.ts';
import { type CellLine, ours, theirs } from './frame/line.ts';

const GROUP = 4;

const groups = (view: AskedChange): string[] =>
  subjectHex(view).match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [];

const digestLines = (view: AskedChange): CellLine[] => {
  const [first = '', ...rest] = groups(view);
  const upper = rest.slice(0, 7).join(' ');
  return [
    [ours(' subject sha256 '), ours(first, 'strong'), theirs(` ${upper}`)],
    [ours('                '), theirs(rest.slice(7).join(' '))],
  ];
};

export const signedLines = (view: AskedChange, now: number): CellLine[] => {
  const { lines, binds } = boundWords(view);
  const [first, ...rest] = lines;
  return [
    [theirs(` ${first}`, 'strong')],
    ...rest.map((line): CellLine => [theirs(` ${line}`)]),
    [ours(` expires ${age(view.expires, now)}; binding: ${binds}`)],
    ...digestLines(view),
  ];
};
