/** Messages to people have one style: errors begin small and have no full stop, hints say what to do, summaries are imperative. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const sources = globSync('src/**/*.{ts,tsx}', { cwd: root }).filter((path) => !/\.test\.tsx?$/.test(path));
const LITERAL = `('(?:[^'\\\\\\n]|\\\\.)*'|\`(?:[^\`\\\\]|\\\\.)*\`)`;
type Text = { path: string; text: string };
const textsOf = (before: string): Text[] =>
  sources.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(new RegExp(before + LITERAL, 'g'))].map((match) => ({
      path,
      text: match[1]!.slice(1, -1).replaceAll('\\`', '`'),
    })),
  );
const shown = ({ path, text }: Text): string => `${path}: ${text}`;

const errors = textsOf("new EntangleError\\(\\s*'[a-z_]+',\\s*");
const hints = textsOf('\\bhint(?::| =) ');
const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')).commands as Record<
  string,
  {
    summary?: string;
    flags: Record<string, { description?: string }>;
    args: Record<string, { description?: string }>;
  }
>;

/** Names and abbreviations keep their capital: HEAD, UNIX, the Host. */
const beginsBig = (text: string): boolean =>
  /^\p{Lu}\p{Ll}/u.test(text) && !/^(?:Host|Authorization|Content-)/.test(text);
const endsInStop = (text: string): boolean => /[^.]\.$/.test(text) && !text.endsWith('entangle-invite1.');
const isDump = (text: string): boolean => /\[a-z|\(\?:|must match pattern|Invalid input/.test(text);

/** Words that a hint may begin with: each asks for something. */
const VERBS = new Set(
  `add apply approve ask assign change check choose compare confirm create delete do fetch fix free give install join keep leave
  make name plan put read reject remove rename restore run see set shorten split start stop switch trust try type unset use
  wait write`.split(/\s+/),
);

describe('errors', () => {
  test('are found', () => expect(errors.length).toBeGreaterThan(150));
  test('begin small, end without a full stop, and are no schema dump', () => {
    expect(
      errors.filter(({ text }) => beginsBig(text) || endsInStop(text) || isDump(text)).map(shown),
    ).toEqual([]);
  });
});

test('what a schema refuses is told in our words, never in those of its library', () => {
  const readers = sources.filter((path) => /\.issues\b/.test(readFileSync(join(root, path), 'utf8')));
  expect(readers.sort()).toEqual([
    'src/core/encoding/issues.ts',
    'src/core/graph/file/parse.ts',
    'src/core/graph/file/shape.ts',
    'src/core/host-api/check.ts',
  ]);
});

describe('hints', () => {
  test('are found', () => expect(hints.length).toBeGreaterThan(80));
  test('begin with a verb, and end without a full stop', () => {
    const wrong = hints.filter(({ text }) => {
      const [first] = text.split(/[ :]/);
      return !(VERBS.has(first!) || first!.startsWith('${')) || endsInStop(text) || isDump(text);
    });
    expect(wrong.map(shown)).toEqual([]);
  });
});

test('each command of a home that a hint names can be told which home it is', () => {
  // They make a file of an operator, who may be known to any Host, or are a topic
  const ofNone = new Set(['host:operator:keygen']);
  const named = hints.flatMap(({ path, text }) =>
    [...text.matchAll(/`entangle ((host|runner|user)(?: [a-z-]+)*)( \$)?/g)].flatMap(
      ([, words, kind, isOpen]) => {
        const parts = words!.split(' ');
        while (parts.length > 1 && manifest[parts.join(':')] === undefined) parts.pop();
        // A word of which the source says only where it comes from
        if (parts.length === 1 && isOpen) return [];
        return [{ path, id: parts.join(':'), kind: kind! }];
      },
    ),
  );
  expect(named.length).toBeGreaterThan(60);
  const wrong = named.filter(({ id, kind }) => {
    const flags = manifest[id]?.flags;
    return !ofNone.has(id) && (flags === undefined || !(kind in flags) || !('home' in flags));
  });
  expect(wrong).toEqual([]);
});

describe('help', () => {
  test('every summary is one imperative sentence', () => {
    for (const [id, { summary = '' }] of Object.entries(manifest)) {
      expect(summary, id).toMatch(/^[A-Z][a-z]+ .*\.$/);
      expect(summary.split(' ')[0], id).not.toMatch(/^(?:How|What|A|An|The|Its?)$|s$/);
    }
  });
  test('every flag and argument is described by a phrase: small, without a full stop', () => {
    for (const [id, { flags, args }] of Object.entries(manifest))
      for (const [name, { description = '' }] of [...Object.entries(flags), ...Object.entries(args)])
        expect([description, beginsBig(description) || /\.$/.test(description)], `${id} ${name}`).toEqual([
          description,
          false,
        ]);
  });
});
