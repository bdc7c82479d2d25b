/** Looks of a terminal by what they mean, in each theme (ECMA-48 SGR): of the sixteen colours, as the terminal has them. */
import type { Theme } from '../command-words.ts';

/** The codes that begin and end it. Each is written by itself: what cuts a line ends them one by one. */
type Sgr = readonly [begin: number, end: number];
const BOLD: Sgr = [1, 22];
const FAINT: Sgr = [2, 22];
const UNDERLINED: Sgr = [4, 24];
const REVERSED: Sgr = [7, 27];
const inked = (code: number): Sgr => [code, 39];
const [RED, GREEN, YELLOW, MAGENTA, CYAN] = [31, 32, 33, 35, 36].map(inked) as [Sgr, Sgr, Sgr, Sgr, Sgr];
const BRIGHT_BLUE = inked(94);

const DEFAULT = {
  good: [GREEN],
  bad: [RED],
  warn: [YELLOW],
  accent: [CYAN],
  strong: [BOLD],
  dim: [FAINT],
  // Words of a line of which the rest stayed
  added: [GREEN, BOLD, UNDERLINED],
  removed: [RED, BOLD, UNDERLINED],
  // What a word of a program is, within the look of its line: neither red, green nor faint
  keyword: [MAGENTA],
  literal: [CYAN],
  comment: [YELLOW],
} satisfies Record<string, readonly Sgr[]>;
export type Colour = keyof typeof DEFAULT;
export type Syntax = Extract<Colour, 'keyword' | 'literal' | 'comment'>;
/** Of a theme in which a hue says nothing. */
const NO_SYNTAX = { keyword: [], literal: [], comment: [] } satisfies Record<Syntax, readonly Sgr[]>;

export const THEME_LOOKS: Readonly<Record<Theme, Readonly<Record<Colour, readonly Sgr[]>>>> = {
  default: DEFAULT,
  // In the colour of plain text, which is never pale on the ground that the terminal has; nothing is faint
  'high-contrast': {
    good: [BOLD],
    bad: [BOLD, REVERSED],
    warn: [BOLD, UNDERLINED],
    accent: [BOLD],
    strong: [BOLD],
    dim: [],
    added: [BOLD, UNDERLINED],
    removed: [BOLD, REVERSED, UNDERLINED],
    ...NO_SYNTAX,
  },
  // Blue against yellow, neither red nor green; what is bad is told from a warning by more than a hue
  'colour-blind': {
    good: [BRIGHT_BLUE],
    bad: [BOLD, YELLOW, REVERSED],
    warn: [YELLOW],
    accent: [CYAN],
    strong: [BOLD],
    dim: [FAINT],
    added: [BRIGHT_BLUE, BOLD, UNDERLINED],
    removed: [BOLD, YELLOW, REVERSED, UNDERLINED],
    // Blue and yellow say what came and what went
    keyword: [BOLD],
    literal: [CYAN],
    comment: [],
  },
  // What is strong stays so, and words that changed stay marked
  none: {
    good: [],
    bad: [],
    warn: [],
    accent: [],
    strong: [BOLD],
    dim: [],
    added: [BOLD, UNDERLINED],
    removed: [BOLD, UNDERLINED],
    ...NO_SYNTAX,
  },
};

export const coloured = (colour: Colour, text: string, theme: Theme = 'default'): string => {
  const looks = THEME_LOOKS[theme][colour];
  const begin = looks.map(([code]) => `\u001b[${code}m`).join('');
  return (
    begin +
    text +
    looks
      .map(([, code]) => `\u001b[${code}m`)
      .reverse()
      .join('')
  );
};
