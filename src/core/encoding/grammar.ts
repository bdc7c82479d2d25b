/** Texts against `core/grammars.ts`, and the words for one that does not fit. */
import { EntangleError, type ErrorCode } from '../errors.ts';
import type { Grammar } from '../grammars.ts';

export const fits = (grammar: Grammar, text: string): boolean => grammar.pattern.test(text);

/** As much of a text as an error repeats. */
const SHOWN = 80;
const shown = (text: string): string => `"${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}"`;

/** Completes "x …": what the text would have to be. */
export const grammarWords = ({ what, rule }: Grammar): string => `must be ${what}: ${rule}`;

/** The text, or an error that says what it would have to look like. */
export const requireFit = (grammar: Grammar, text: string, code: ErrorCode = 'usage'): string => {
  if (fits(grammar, text)) return text;
  throw new EntangleError(code, `${shown(text)} is not ${grammar.what}`, { hint: `write ${grammar.rule}` });
};

/** Whether a text is one of a closed set of words. */
export const isWord = <T extends string>(words: readonly T[], text: string): text is T =>
  (words as readonly string[]).includes(text);
