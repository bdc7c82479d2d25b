/** Words for what a schema refuses. */
import { issueWords, type SchemaIssue } from '../../encoding/issues.ts';
import { ENGINE_TYPES, NODE_KINDS, OPERATIONS } from '../../vocabulary.ts';
import { valueAt } from './raw.ts';
import type { ProblemCode, Report } from './report.ts';
import { graphJsonSchema } from './schema.ts';

/** `holder`: the key whose value has it; empty for the file as a whole. */
type Key = { key: string; holder: string };
const keysOf = (schema: object, holder = ''): Key[] =>
  Object.entries(schema).flatMap(([word, value]) => {
    if (typeof value !== 'object' || value === null) return [];
    if (word !== 'properties') return keysOf(value, holder);
    return Object.entries<object>(value).flatMap(([key, one]) => [{ key, holder }, ...keysOf(one, key)]);
  });
let known: Map<string, Set<string>> | undefined;
/** Every key of the file format, with its holders: a mistyped one is nearest to one of these. */
const keys = (): Map<string, Set<string>> => {
  if (known) return known;
  known = new Map();
  const operations = OPERATIONS.map((key) => ({ key, holder: 'operations' }));
  for (const { key, holder } of [...operations, ...keysOf(graphJsonSchema())])
    known.set(key, (known.get(key) ?? new Set()).add(holder));
  return known;
};
const HOLDER_WORDS: Readonly<Record<string, string>> = {
  ...{ '': 'the file', nodes: 'a node', edges: 'an edge' },
  ...{ operations: '`approval`', approval: 'a rule of `approval`' },
};
/** Where a key belongs that stands in the wrong place, as `require` does in a rule of `approval`. */
const elsewhere = (key: string, within: readonly string[]): string => {
  const holders = keys().get(key);
  if (!holders) return '';
  const here = within.length === 2 ? within[0] : within.at(-1);
  if (here && holders.has(here))
    return `; it is a key of another kind of ${here === 'nodes' ? 'node' : here}`;
  return `; it is a key of ${[...holders].map((one) => HOLDER_WORDS[one] ?? `\`${one}\``).join(', ')}`;
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
        report.add(
          'unknown_key',
          place([...issue.path, key]),
          `no key ${shown(key)} here${elsewhere(key, place(issue.path).split('.'))}`,
          keys().has(key) ? undefined : { word: key, among: keys().keys() },
        );
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
