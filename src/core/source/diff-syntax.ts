/** The syntax of lines of a diff: of each hunk by itself, as far as it is asked for. What went away has none: it is in one colour. */
import { atOnce, type Steps } from '../steps.ts';
import { type Language, languageOf } from './languages.ts';
import { type OpenSyntax, type SyntaxPart, syntaxOf } from './syntax.ts';
import { LINES_A_STEP, type Lines } from './text-lines.ts';

/** In a longer line nobody reads words, and what it leaves open is not known. */
const LONGEST = 1_000;
/** So much of one hunk is read. */
const MOST_UNITS = 100_000;
/** Of so many hunks it is kept what was read. */
const MOST_KEPT = 8;

/** Its lines stand behind `first` and before `end`. */
type Hunk = {
  first: number;
  end: number;
  of: Language | null;
  next: number;
  units: number;
  open: OpenSyntax;
  parts: Map<number, readonly SyntaxPart[]>;
};
/** Hunks as they begin, before anything of them is read. */
export type SyntaxHunks = readonly Pick<Hunk, 'first' | 'end' | 'of'>[];

const NOTHING: readonly SyntaxPart[] = [];

/** Where hunks begin. A line of a file begins with a sign: only between files one is empty, and only a head begins so. */
export function* syntaxHunks(lines: Lines): Steps<SyntaxHunks> {
  const hunks: { first: number; end: number; of: Language | null }[] = [];
  let of: Language | null = null;
  let isHead = true;
  for (let at = 0; at < lines.length; at++) {
    const line = lines.at(at)!;
    const last = hunks.at(-1);
    if (last && !isHead && (line === '' || line.startsWith('@@'))) last.end = at;
    if (line === '') [isHead, of] = [true, null];
    else if (line.startsWith('@@')) {
      isHead = false;
      hunks.push({ first: at, end: lines.length, of });
    } else if (isHead && /^(?:---|\+\+\+) /.test(line)) of = languageOf(line) ?? of;
    if (at % LINES_A_STEP === 0) yield;
  }
  return hunks;
}

/** Gives the parts of a line by its number: read on to it from where its hunk was read to before. */
export const diffSyntax = (
  lines: Lines,
  hunks: SyntaxHunks = atOnce(syntaxHunks(lines)),
): ((at: number) => readonly SyntaxPart[]) => {
  const begun = new Map<number, Hunk>();
  const hunkAt = (at: number): Hunk | null => {
    const number = lastAt(hunks, at);
    const place = hunks[number];
    if (!place?.of || at >= place.end) return null;
    const known = begun.get(number);
    if (known) return known;
    for (const oldest of [...begun.keys()].slice(0, begun.size - MOST_KEPT + 1)) begun.delete(oldest);
    const hunk: Hunk = { ...place, next: place.first + 1, units: 0, open: null, parts: new Map() };
    begun.set(number, hunk);
    return hunk;
  };
  const readTo = (hunk: Hunk, language: Language, to: number): void => {
    for (; hunk.next <= to && hunk.units <= MOST_UNITS; hunk.next++) {
      const line = lines.at(hunk.next)!;
      if (!/^[ +]/.test(line)) continue;
      hunk.units += line.length > LONGEST ? Number.POSITIVE_INFINITY : line.length;
      if (hunk.units > MOST_UNITS) return;
      const { parts, open } = syntaxOf(language, line, 1, hunk.open);
      hunk.open = open;
      hunk.parts.set(hunk.next, parts);
    }
  };
  return (at) => {
    const hunk = hunkAt(at);
    if (!hunk?.of) return NOTHING;
    readTo(hunk, hunk.of, at);
    return hunk.parts.get(at) ?? NOTHING;
  };
};

/** The last of them that begins before a line; -1 where none does. */
const lastAt = (hunks: SyntaxHunks, at: number): number => {
  let [low, high] = [0, hunks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hunks[middle]!.first < at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};
