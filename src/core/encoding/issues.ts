/** What a schema refuses, in words for people: never a pattern, never a dump of the schema. */
import type * as z from 'zod';
import { readShape } from './read-shape.ts';

export type SchemaIssue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  tuple: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'null',
};
const UNITS: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' items',
  record: ' entries',
};

/** Messages of our own schemas begin so; those of the library name patterns and types. */
const OURS = /^(?:must|has|is|carries|the) /i;
const ours = ({ message }: SchemaIssue): string | null => (OURS.test(message) ? message : null);

const bound = (issue: SchemaIssue): string | null => {
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
  return null;
};

/** Completes "path: …". `value` is what stood there, undefined where nothing did. */
export const issueWords = (issue: SchemaIssue, value: unknown): string => {
  if (issue.code === 'unrecognized_keys') return `unknown field "${issue.keys[0]}"`;
  if (issue.code === 'invalid_key')
    return `"${String(issue.path.at(-1))}" ${issue.issues[0] ? issueWords(issue.issues[0], '') : 'is not valid'}`;
  if (value === undefined) return 'is missing';
  if (issue.code === 'invalid_value')
    return issue.values.length === 1
      ? `must be ${String(issue.values[0])}`
      : `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_type')
    return ours(issue) ?? `must be ${KINDS[issue.expected] ?? issue.expected}`;
  return ours(issue) ?? bound(issue) ?? 'is not valid';
};

/** The path in front of the words; a wrong key is named by the words, not by the path. */
const placed = (issue: SchemaIssue): string => {
  const path = issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path;
  const words = issueWords(issue, issue.input);
  return path.length === 0 ? words : `${path.join('.')}: ${words}`;
};

/** A misspelt name is both missing and unknown; that it is unknown says what to mend. */
const foremost = (issues: readonly SchemaIssue[]): SchemaIssue =>
  issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;

/** The value as the schema reads it; else what `refuse` makes of the foremost problem in words. */
export const readBy = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  refuse: (words: string) => Error,
): z.output<S> => {
  const parsed = readShape(schema, value);
  if (parsed.success) return parsed.data;
  throw refuse(placed(foremost(parsed.error.issues)));
};
