/** The syntax of lines of a diff: of each hunk by itself, as far as it is asked for. What went away has none: it is in one colour. */
import { type Language, languageOf } from './languages.ts';
import { type OpenSyntax, type SyntaxPart, syntaxOf } from './syntax.ts';

/** In a longer line nobody reads words, and what it leaves open is not known. */
const LONGEST = 1_000;
/** So much of one hunk is read. */
const MOST_UNITS = 200_000;

/** Its lines stand behind `first` and before `end`. */
type Hunk = {
  first: number;
  end: number;
  of: Language | null;
  next: number;
  units: number;
  open: OpenSyntax;
};

const NOTHING: readonly SyntaxPart[] = [];

/** Where hunks begin. A line of a file begins with a sign: only between files one is empty, and only a head begins so. */
const hunksIn = (lines: readonly string[]): Hunk[] => {
  const hunks: Hunk[] = [];
  let of: Language | null = null;
  let isHead = true;
  for (const [at, line] of lines.entries()) {
    const last = hunks.at(-1);
    if (last && !isHead && (line === '' || line.startsWith('@@'))) last.end = at;
    if (line === '') [isHead, of] = [true, null];
    else if (line.startsWith('@@')) {
      isHead = false;
      hunks.push({ first: at, end: lines.length, of, next: at + 1, units: 0, open: null });
    } else if (isHead && /^(?:---|\+\+\+) /.test(line)) of = languageOf(line) ?? of;
  }
  return hunks;
};

/** Gives the parts of a line by its number: read on to it from where its hunk was read to before. */
export const diffSyntax = (lines: readonly string[]): ((at: number) => readonly SyntaxPart[]) => {
  const hunks = hunksIn(lines);
  const known = new Map<number, readonly SyntaxPart[]>();
  const readTo = (hunk: Hunk, language: Language, to: number): void => {
    for (; hunk.next <= to && hunk.units <= MOST_UNITS; hunk.next++) {
      const line = lines[hunk.next]!;
      if (!/^[ +]/.test(line)) continue;
      hunk.units += line.length > LONGEST ? Number.POSITIVE_INFINITY : line.length;
      if (hunk.units > MOST_UNITS) return;
      const { parts, open } = syntaxOf(language, line, 1, hunk.open);
      hunk.open = open;
      known.set(hunk.next, parts);
    }
  };
  return (at) => {
    const hunk = hunks[lastAt(hunks, at)];
    if (!hunk?.of || at >= hunk.end) return NOTHING;
    readTo(hunk, hunk.of, at);
    return known.get(at) ?? NOTHING;
  };
};

/** The last of them that begins before a line; -1 where none does. */
const lastAt = (hunks: readonly Hunk[], at: number): number => {
  let [low, high] = [0, hunks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hunks[middle]!.first < at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};
