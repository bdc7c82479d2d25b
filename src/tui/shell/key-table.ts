/** A table of keys: dispatch, footer and help are read from it. */
import { type CellLine, ours } from '../frame/line.ts';

/** Named keys are written as their names; of a letter the letter, capital where it is one. */
export type KeyRow<P extends string, A extends string> = {
  keys: readonly string[];
  act: A;
  /** Where the key does it. */
  places: readonly P[];
  words: string;
  /** In the last line, where it is offered there. */
  foot?: string;
};

export const actIn = <P extends string, A extends string>(
  table: readonly KeyRow<P, A>[],
  place: P,
  key: string,
): A | null => table.find(({ keys, places }) => places.includes(place) && keys.includes(key))?.act ?? null;

/** What the last line of a place offers. */
export const footIn = <P extends string>(table: readonly KeyRow<P, string>[], place: P): string =>
  table
    .filter(({ places, foot }) => foot !== undefined && places.includes(place))
    .map(({ keys, foot }) => `${keys[0]} ${foot}`)
    .join('  ');

const HELP_KEYS = 24;
export const keyLines = (table: readonly KeyRow<string, string>[]): CellLine[] =>
  table.map(
    ({ keys, words }): CellLine => [ours(` ${keys.join(', ').padEnd(HELP_KEYS)}`, 'accent'), ours(words)],
  );
