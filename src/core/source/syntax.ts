/**
 * What of a line of a program is a comment, a literal, a keyword: by tables, each character looked at a bounded number of
 * times. It goes by the name of a file and by signs, so it is an aid to readers and no claim about what a program does.
 */
import type { Syntax } from '../encoding/colours.ts';
import { type Language, type Pair, quote } from './languages.ts';

export type SyntaxPart = { from: number; to: number; kind: Syntax };

/** What a line left open: the next one goes on in it. */
export type OpenSyntax = Pair | null;

/** Behind its end; -1 where the line has none. */
const endOfPair = ({ end, hasEscapes }: Pair, line: string, from: number): number => {
  if (!hasEscapes) return line.indexOf(end, from) === -1 ? -1 : line.indexOf(end, from) + end.length;
  for (let at = from; at < line.length; at++) {
    if (line[at] === '\\') at += 1;
    else if (line.startsWith(end, at)) return at + end.length;
  }
  return -1;
};
const PATTERN: Pair = quote('/');
/** In brackets a slash ends nothing. */
const endOfPattern = (line: string, from: number): number => {
  let isIn = false;
  for (let at = from; at < line.length; at++) {
    const sign = line[at];
    if (sign === '\\') at += 1;
    else if (sign === '[') isIn = true;
    else if (sign === ']') isIn = false;
    else if (sign === '/' && !isIn) return at + 1;
  }
  return -1;
};

/** Whatever is beyond ASCII may be a part of a name. */
const WORD = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const matchAt = (pattern: RegExp, line: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0] ?? '';
};
/** Behind these a value begins, and at the beginning of a line. */
const BEFORE_VALUES = '(,=:[!&|?{};+*%<>~^';

/** `endless`: pairs that end nowhere in this line, which were looked for once. */
type Reading = { of: Language; line: string; parts: SyntaxPart[]; endless: Set<Pair> };

const pairAt = ({ of, line, endless }: Reading, at: number, before: string): Pair | undefined => {
  const found = of.pairs.find((one) => line.startsWith(one.open, at) && !endless.has(one));
  const isPattern = of.hasPatterns && line[at] === '/' && line[at + 1] !== '/';
  if (found || !isPattern || endless.has(PATTERN)) return found;
  return BEFORE_VALUES.includes(before) ? PATTERN : undefined;
};

/** Behind it; null where it goes on in the next line. */
const readPair = ({ line, parts, endless }: Reading, pair: Pair, at: number, inside: number) => {
  const end = pair === PATTERN ? endOfPattern(line, inside) : endOfPair(pair, line, inside);
  if (end === -1 && !pair.isLong) {
    endless.add(pair);
    return at + 1;
  }
  parts.push({ from: at, to: end === -1 ? line.length : end, kind: pair.kind });
  return end === -1 ? null : end;
};

/** Behind a number, a word, or one sign. */
const readWord = ({ of, line, parts }: Reading, at: number): number => {
  const number = matchAt(NUMBER, line, at);
  const word = number === '' ? matchAt(WORD, line, at) : '';
  if (number !== '') parts.push({ from: at, to: at + number.length, kind: 'literal' });
  if (word !== '' && of.keywords.has(of.isLoose ? word.toLowerCase() : word))
    parts.push({ from: at, to: at + word.length, kind: 'keyword' });
  return at + Math.max(1, number.length, word.length);
};

/** Nothing of the table begins with a letter, a digit or a blank, which most of a program is. */
const isPlain = (code: number): boolean =>
  code === 0x20 || code === 0x09 || code >= 0x80 || (code >= 0x30 && code <= 0x39) || isLetter(code);
const isLetter = (code: number): boolean => (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

const isBlank = (sign: string | undefined): boolean => sign === undefined || sign === ' ' || sign === '\t';
/** Elsewhere the sign of a comment in a shell is a part of a word. */
const beginsRest = ({ of, line }: Reading, at: number, from: number): boolean =>
  of.rest.some((one) => line.startsWith(one, at) && (one !== '#' || at === from || isBlank(line[at - 1])));

/** From a place on; `open`: what the line before left open. */
export const syntaxOf = (
  of: Language,
  line: string,
  from: number,
  open: OpenSyntax,
): { parts: SyntaxPart[]; open: OpenSyntax } => {
  const reading: Reading = { of, line, parts: [], endless: new Set() };
  const { parts } = reading;
  let [at, before] = [from, ''];
  if (open) {
    const end = readPair(reading, open, from, from);
    if (end === null) return { parts, open };
    at = end;
  }
  while (at < line.length) {
    const sign = line[at]!;
    const isWord = isPlain(line.charCodeAt(at));
    const pair = isWord ? undefined : pairAt(reading, at, before);
    // Of two comments that begin alike the longer sign counts
    if (!isWord && pair?.kind !== 'comment' && beginsRest(reading, at, from)) {
      parts.push({ from: at, to: line.length, kind: 'comment' });
      return { parts, open: null };
    }
    if (!isBlank(sign)) before = sign;
    const end = pair ? readPair(reading, pair, at, at + pair.open.length) : readWord(reading, at);
    if (end === null) return { parts, open: pair ?? null };
    at = end;
  }
  return { parts, open: null };
};
