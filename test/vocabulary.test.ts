/** One vocabulary: no closed set of words is written outside `core/vocabulary.ts`, no grammar of names outside `core/grammars.ts`. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as words from '../src/core/acp/words.ts';
import { INVITE_MS, LEASE_MS, MAX_BLOB_BYTES, MAX_GRAPH_BYTES } from '../src/core/bounds.ts';
import * as commandWords from '../src/core/command-words.ts';
import { fits } from '../src/core/encoding/grammar.ts';
import { labels } from '../src/core/encoding/schema.ts';
import * as grammars from '../src/core/grammars.ts';
import { nodeSchema } from '../src/core/graph/file/schema.ts';
import { HOST_API } from '../src/core/host-api/table.ts';
import { MESSAGES } from '../src/core/protocol/table.ts';
import { PART_BYTES } from '../src/core/source/change-document.ts';
import * as ours from '../src/core/vocabulary.ts';
import { hostConfig, newcomerConfig } from '../src/services/setup/config.ts';

const root = resolve(import.meta.dirname, '..');
/** Of the protocol, of commands and screens, and of the protocol of agents. */
const VOCABULARY = ['src/core/vocabulary.ts', 'src/core/command-words.ts', 'src/core/acp/words.ts'];
const GRAMMARS = 'src/core/grammars.ts';
const sources = globSync('src/**/*.{ts,tsx}', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !VOCABULARY.includes(path) && path !== GRAMMARS && !/\.test\.tsx?$/.test(path))
  .sort();
const codeOf = (path: string): string =>
  readFileSync(join(root, path), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');

const sets = new Map(
  Object.entries({ ...ours, ...commandWords, ...words }).flatMap(([name, value]) =>
    Array.isArray(value) && value.every((word) => typeof word === 'string')
      ? [[name, new Set<string>(value as string[])] as const]
      : [],
  ),
);
const types = VOCABULARY.flatMap((path) =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/export type (\w+)/g)].map((m) => m[1]!),
);

const QUOTED = "'([^'\\n]*)'";
const LIST = new RegExp(`\\[\\s*${QUOTED}(?:\\s*,\\s*${QUOTED})+\\s*,?\\s*\\]`, 'g');
const UNION = new RegExp(`${QUOTED}(?:\\s*\\|\\s*${QUOTED})+`, 'g');
const wordsIn = (text: string): string[] => [...text.matchAll(/'([^'\n]*)'/g)].map((match) => match[1]!);
/** A list that names its type is checked against the vocabulary by the compiler; only the whole set must not be repeated. */
const TYPED = new RegExp(`[:<]\\s*(?:readonly\\s+)?(?:${types.join('|')})\\b`);

type Found = { path: string; text: string; words: string[]; line: string };
const literals = (path: string, code: string, pattern: RegExp): Found[] =>
  [...code.matchAll(pattern)].map((match) => ({
    path,
    text: match[0].replace(/\s+/g, ' '),
    words: wordsIn(match[0]),
    line: code.slice(code.lastIndexOf('\n', match.index) + 1, match.index + match[0].length),
  }));

const violationsOf = (path: string, code: string): string[] => {
  const wrong: string[] = [];
  for (const match of code.matchAll(/(?:z\.enum\(|options:|literal\()\s*\[\s*['"]/g))
    wrong.push(`${path}: a closed set of words: ${match[0]}`);
  for (const { text, words, line } of [...literals(path, code, LIST), ...literals(path, code, UNION)]) {
    const distinct = new Set(words);
    if (distinct.size < 2) continue;
    for (const [name, set] of sets) {
      if (![...distinct].every((word) => set.has(word))) continue;
      if (distinct.size < set.size && TYPED.test(line)) continue;
      wrong.push(`${path}: ${text} is of ${name}`);
      break;
    }
  }
  return wrong;
};

describe('closed sets of words', () => {
  test('the rule finds a set in a schema, an option, a list, a union and a partial list', () => {
    const cases: [string, string][] = [
      ["kind: z.enum(['x', 'y'])", 'a schema of words the vocabulary does not even have'],
      ["Flags.string({ options: ['text', 'html'] })", 'an option'],
      ["const ALL = ['viewer', 'editor', 'admin'];", 'a list'],
      ["type T = 'keyring' | 'encrypted'\n  | 'file';", 'a union over two lines'],
      ["['accepted', 'active'].includes(state)", 'a part of a set'],
      ["const A: readonly OperatorRole[] = ['viewer', 'editor', 'admin'];", 'a whole set, typed or not'],
    ];
    for (const [code, what] of cases) expect(violationsOf('x.ts', code), what).toHaveLength(1);
    for (const code of [
      "const RANK: readonly Denial[] = ['disabled', 'narrowed'];",
      "call(['host', 'serve'])",
      "type Kind = 'fast' | 'slow';",
      'z.enum(OPERATOR_ROLES)',
    ])
      expect(violationsOf('x.ts', code), code).toEqual([]);
  });

  test('none is written outside the vocabulary', () => {
    expect(sources.length).toBeGreaterThan(200);
    expect(sources.flatMap((path) => violationsOf(path, codeOf(path)))).toEqual([]);
  });

  test('no union of words is written in two places', () => {
    const seen = new Map<string, Set<string>>();
    for (const path of sources)
      for (const { words, line } of literals(path, codeOf(path), UNION)) {
        // Fields of a type, checked by the compiler.
        if (/\b(?:Pick|Omit)</.test(line)) continue;
        const key = [...new Set(words)].sort().join(' | ');
        seen.set(key, (seen.get(key) ?? new Set()).add(path));
      }
    const twice = [...seen].filter(([, paths]) => paths.size > 1).map(([key, paths]) => [key, ...paths]);
    expect(twice).toEqual([]);
  });

  test('no two sets of the vocabulary are the same', () => {
    const same = [...sets].map(([name, set]) => [[...set].sort().join(), name] as const);
    expect(same.length - new Set(same.map(([words]) => words)).size).toBe(0);
  });
});

describe('grammars', () => {
  const all = Object.entries(grammars).filter(
    (entry): entry is [string, grammars.Grammar] => typeof entry[1] === 'object' && 'pattern' in entry[1],
  );

  test('each has a sentence for people, without a pattern in it', () => {
    expect(all.length).toBeGreaterThan(10);
    for (const [name, { what, rule }] of all) {
      expect(what, name).toMatch(/^(?:an? |the |`none`)/);
      expect(`${what} ${rule}`, name).not.toMatch(/[\\^$]|\[[^\]]*\]|\{\d/);
    }
  });

  test('no pattern of names or of hex digits is written outside the vocabulary', () => {
    // What reads frames, files and protocols of others has grammars of its own.
    const others =
      /^src\/(?:adapters\/|core\/(?:source\/remote|encoding\/(?:sanitize|strict-json|schema-words))|cli\/completion\/)/;
    const found = sources
      .filter((path) => !others.test(path))
      .flatMap((path) =>
        codeOf(path)
          .split('\n')
          .filter((line) => /\^\[(?:0-9a-f|a-z|a-z0-9|A-Za-z0-9)\]/.test(line))
          .map((line) => `${path}: ${line.trim()}`),
      );
    expect(found).toEqual([]);
  });
});

describe('one grammar at both ends', () => {
  const agent = (placement: object) => ({
    kind: 'agent',
    engine: { type: 'exec', auth: 'none', command: ['x'] },
    placement,
  });
  const LABELS: [string, string, boolean][] = [
    ['os', 'linux', true],
    ['gpu_type', 'a', true],
    ['topology/zone', 'eu-1', true],
    ['topology.kubernetes.io/zone', 'eu.1', true],
    ['GPU', 'A100', true],
    ['k'.repeat(63), 'v'.repeat(63), true],
    ['', 'x', false],
    ['a b', 'x', false],
    ['-a', 'x', false],
    ['a/b/c', 'x', false],
    ['/a', 'x', false],
    ['k'.repeat(64), 'x', false],
    [`${'p'.repeat(64)}/k`, 'x', false],
    ['a', '', false],
    ['a', 'b c', false],
    ['a', 'v'.repeat(64), false],
  ];

  test('a runner may offer exactly the labels that a graph may ask for (`gpu_type=a`, `topology/zone`)', () => {
    const hello = MESSAGES['runner.hello'].body.shape.labels;
    const settings = newcomerConfig.shape.settings.unwrap().shape.labels;
    for (const [key, value, good] of LABELS) {
      const one = Object.fromEntries([[key, value]]);
      const said = [
        hello.safeParse(one).success,
        settings.safeParse(one).success,
        nodeSchema().safeParse(agent({ labels: one })).success,
      ];
      expect(said, `${key}=${value}`).toEqual([good, good, good]);
    }
  });

  test('a hello with as many and as long labels as there may be is taken', () => {
    const many = Object.fromEntries(
      Array.from({ length: grammars.MAX_LABELS }, (_, i) => [
        `${'p'.repeat(63)}/${String(i).padStart(63, 'k')}`,
        'v'.repeat(63),
      ]),
    );
    expect(labels.safeParse(many).success).toBe(true);
    expect(labels.safeParse({ ...many, one: 'more' }).success).toBe(false);
  });

  test('a name is a name everywhere (`Acme_Corp`, `build_1`, `a b/c`)', () => {
    const named = (name: string) => [
      fits(grammars.NAME, name),
      fits(grammars.GRAPH_ID, `${'0'.repeat(64)}/${name}`),
      hostConfig.shape.graph.safeParse(`${'0'.repeat(64)}/${name}`).success,
      newcomerConfig.shape.name.safeParse(name).success,
      MESSAGES['runner.hello'].body.shape.name.safeParse(name).success,
      MESSAGES['user.hello'].body.shape.name.safeParse(name).success,
    ];
    for (const good of ['a', 'acme', 'build-1', 'a'.repeat(63)])
      expect(new Set(named(good))).toEqual(new Set([true]));
    for (const bad of ['', 'Acme_Corp', 'build_1', 'a b/c', '1a', '-a', 'é', 'a'.repeat(64), 'a\n'])
      expect(new Set(named(bad)), bad).toEqual(new Set([false]));
  });

  test('a graph, an invite and a part of a change have one bound', () => {
    const { canonical } = HOST_API['graph.apply'].body.shape;
    expect(canonical.safeParse('x'.repeat(MAX_GRAPH_BYTES)).success).toBe(true);
    expect(canonical.safeParse('x'.repeat(MAX_GRAPH_BYTES + 1)).success).toBe(false);
    const { expiresMs } = HOST_API['invites.create'].body.shape;
    const { least, most } = INVITE_MS;
    const taken = [least - 1, least, most, most + 1].map((ms) => expiresMs.safeParse(ms).success);
    expect(taken).toEqual([false, true, true, false]);
    expect(PART_BYTES).toBe(MAX_BLOB_BYTES);
  });

  test('a lease, a capacity and a number of relays have one bound', () => {
    const config = z.object({ leaseMs: hostConfig.shape.leaseMs, relays: hostConfig.shape.relays });
    const offer = MESSAGES['assignment.offer'].body.shape.leaseMs;
    for (const [ms, good] of [
      [LEASE_MS.least, true],
      [LEASE_MS.most, true],
      [LEASE_MS.least - 1, false],
      [2 * 3_600_000, false],
    ] as const) {
      expect(config.shape.leaseMs.safeParse(ms).success).toBe(good);
      expect(offer.safeParse(ms).success).toBe(good);
    }
    const relays = (count: number) => Array.from({ length: count }, (_, i) => `wss://r${i}.example.org`);
    expect(config.shape.relays.safeParse(relays(8)).success).toBe(true);
    expect(config.shape.relays.safeParse(relays(9)).success).toBe(false);
    expect(config.shape.relays.safeParse([]).success).toBe(false);
  });
});

test('a value of any origin meets a schema in one place, which never throws', () => {
  // `parse` of JSON, of times and of the command line is none of a schema.
  const meets = /\.(?:safeParse|safeParseAsync|parseAsync)\(|(?<!\b(?:JSON|Date|this))\.parse\(/;
  const places = sources.filter((path) => meets.test(codeOf(path)));
  expect(places).toEqual(['src/core/encoding/read-shape.ts']);
});
