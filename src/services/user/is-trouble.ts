/** Apart from what finds troubles: a screen tells them from the rest before it loads anything else. */
import { isWord } from '../../core/encoding/grammar.ts';
import { TROUBLES } from '../../core/vocabulary.ts';
import type { TroubleItem } from './troubles.ts';

/** Of anything in an inbox. */
export const isTrouble = <T extends { what: string }>(one: T): one is Extract<T, TroubleItem> =>
  isWord(TROUBLES, one.what);
