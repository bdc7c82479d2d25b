/** Words for what a schema refuses. */
import { issueWords, type SchemaIssue } from '../../encoding/issues.ts';
import { ENGINE_TYPES, NODE_KINDS, OPERATIONS } from '../../vocabulary.ts';
import { valueAt } from './raw.ts';
import type { ProblemCode, Report } from './report.ts';
import { graphJsonSchema } from './schema.ts';

const keysOf = (schema: object): string[] =>
  Object.entries(schema).flatMap(([word, value]) => {
    if (typeof value !== 'object' || value === null) return [];
    return [...(word === 'properties' ? Object.keys(value) : []), ...keysOf(value)];
  });
let known: readonly string[] | undefined;
/** Every key of the file format: a mistyped one is nearest to one of these. */
const keys = (): readonly string[] => {
  known ??= [...OPERATIONS, ...new Set(keysOf(graphJsonSchema()))];
  return known;
};
const shown = (value: unknown): string =>
  typeof value === 'object' ? 'this' : `\`${String(value).slice(0, 64)}\``;

/** Values that may be a secret put in the wrong place are not repeated. */
const QUIET = new Set(['auth', 'pubkey', 'repository', 'url', 'base', 'command', 'endpoint']);
const isEchoed = (value: unknown, key: string): boolean =>
  typeof value === 'string' && value.length <= 64 && !QUIET.has(key);

type Words = { code: ProblemCode; message: string; word?: string; among?: readonly string[] };

const choice = (value: unknown, values: readonly string[]): Words => ({
  code: 'wrong_value',
  message: `${shown(value)} is not one of ${values.join(', ')}`,
  ...(typeof value === 'string' && { word: value, among: values }),
});

const DISCRIMINATED: Readonly<Record<string, readonly string[]>> = {
  kind: NODE_KINDS,
  type: ENGINE_TYPES,
};

const describe = (issue: SchemaIssue, value: unknown): Words => {
  const last = String(issue.path.at(-1) ?? '');
  if (value === undefined) return { code: 'missing', message: `\`${last}\` is missing` };
  if (issue.code === 'invalid_union' && DISCRIMINATED[last]) return choice(value, DISCRIMINATED[last]);
  if (issue.code === 'invalid_value') return choice(value, issue.values.map(String));
  const message = issueWords(issue, value);
  if (issue.code === 'invalid_type') {
    const isBare = issue.expected === 'string' && typeof value !== 'object';
    return { code: 'wrong_type', message: isBare ? 'must be text: put it in quotes' : message };
  }
  if (issue.code === 'too_big' || issue.code === 'too_small') return { code: 'out_of_bounds', message };
  return { code: 'wrong_value', message: isEchoed(value, last) ? `${shown(value)} ${message}` : message };
};

/** Reports what zod found in `root`, whose place in the file is `path`. */
export const reportShape = (
  issues: readonly SchemaIssue[],
  root: unknown,
  path: string,
  report: Report,
): void => {
  const place = (keys: readonly PropertyKey[]): string => [...(path === '' ? [] : [path]), ...keys].join('.');
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys)
        report.add('unknown_key', `${place([...issue.path, key])}`, `no key ${shown(key)} here`, {
          word: key,
          among: keys(),
        });
      continue;
    }
    if (issue.code === 'invalid_key') {
      const key = String(issue.path.at(-1));
      report.add('wrong_value', place(issue.path), `${shown(key)} ${issueWords(issue.issues[0]!, key)}`);
      continue;
    }
    const { code, message, word, among } = describe(issue, valueAt(root, issue.path));
    report.add(
      code,
      place(issue.path),
      message,
      word === undefined ? undefined : { word, among: among ?? [] },
    );
  }
};
