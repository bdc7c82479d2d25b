/** Themes: what each shows apart, and of what it is made. */
import { describe, expect, test } from 'vitest';
import { THEMES, type Theme } from '../command-words.ts';
import { type Colour, coloured, THEME_LOOKS } from './colours.ts';

const ALL = Object.keys(THEME_LOOKS.default) as Colour[];
const VERDICTS = ['good', 'bad', 'warn'] as const;
const COLOURED = THEMES.filter((one) => one !== 'none');
const codesOf = (theme: Theme, ...colours: Colour[]): number[] =>
  colours.flatMap((colour) => THEME_LOOKS[theme][colour].map(([begin]) => begin));

describe.each(COLOURED)('%s', (theme) => {
  test('shows good, bad, a warning, faint and plain text apart', () => {
    const verdicts = VERDICTS.map((colour) => coloured(colour, 'x', theme));
    expect(new Set([...verdicts, coloured('dim', 'x', theme), 'x']).size).toBe(
      theme === 'high-contrast' ? 4 : 5,
    );
  });
  test('shows what is strong and what has the keys', () => {
    for (const colour of ['strong', 'accent'] as const) expect(coloured(colour, 'x', theme)).not.toBe('x');
  });
});

test('none of them has more than the sixteen colours, or a ground', () => {
  const inks = THEMES.flatMap((theme) => codesOf(theme, ...ALL)).filter((code) => code >= 10);
  expect(inks.filter((code) => !(code >= 30 && code <= 37) && !(code >= 90 && code <= 97))).toEqual([]);
});

test('each look is begun and ended by itself, the last begun first', () => {
  expect(coloured('bad', 'x', 'colour-blind')).toBe(
    '\u001b[1m\u001b[33m\u001b[7mx\u001b[27m\u001b[39m\u001b[22m',
  );
});

test('for the colour-blind nothing is red or green, and what is bad is told from a warning without a hue', () => {
  const hues = codesOf('colour-blind', ...ALL).map((code) => code % 10);
  expect(
    codesOf('colour-blind', ...ALL).filter((code, at) => code >= 30 && [1, 2].includes(hues[at]!)),
  ).toEqual([]);
  const withoutHue = (colour: Colour) => codesOf('colour-blind', colour).filter((code) => code < 30);
  expect(withoutHue('bad')).not.toEqual(withoutHue('warn'));
});

test('high contrast is in the colour of plain text, and nothing in it is faint', () => {
  expect(codesOf('high-contrast', ...ALL).filter((code) => code >= 30 || code === 2)).toEqual([]);
});

test('without colours what is strong stays so, and words that changed are marked', () => {
  expect(ALL.filter((colour) => coloured(colour, 'x', 'none') !== 'x')).toEqual([
    'strong',
    'added',
    'removed',
  ]);
  expect(codesOf('none', 'strong')).toEqual([1]);
});
