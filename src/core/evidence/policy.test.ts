/** What a policy file may say, and which of its rules fit a commit. */
import { expect, test } from 'vitest';
import { isRuleOf, type PolicyRule, readPolicy, strictest } from './policy.ts';

const FILE = 'policy.yaml';
const wanted = { quorum: 1, exact: false, touch: false, logged: false };
const all = (text: string, ref = 'refs/heads/main', paths: readonly string[] = ['src/a.ts']) =>
  strictest(
    wanted,
    readPolicy(FILE, text).filter((rule) => isRuleOf(rule, ref, paths)),
  );

test('what stands above the rules holds of every commit', () => {
  expect(all('quorum: 2')).toEqual({ ...wanted, quorum: 2 });
  expect(all('require: [exact, logged]')).toEqual({ ...wanted, exact: true, logged: true });
});

test('each rule that fits adds to the others, and none takes away', () => {
  const text = `
quorum: 2
require: [exact]
rules:
  - { paths: ["src/**"], quorum: 1, require: [touch] }
  - { branches: ["release/*"], quorum: 3 }
  - { branches: [main], paths: ["docs/**"], require: [logged] }
`;
  expect(all(text)).toEqual({ ...wanted, quorum: 2, exact: true, touch: true });
  expect(all(text, 'refs/heads/release/1', ['x'])).toEqual({ ...wanted, quorum: 3, exact: true });
  expect(all(text, 'refs/heads/main', ['docs/x.md', 'x'])).toMatchObject({ logged: true });
  expect(all(text, 'refs/heads/other', ['docs/x.md'])).toMatchObject({ logged: false });
  // More than any of them wants, by who asks
  expect(strictest({ ...wanted, quorum: 9, touch: true }, readPolicy(FILE, text))).toMatchObject({
    quorum: 9,
    touch: true,
  });
});

test('a commit that changes nothing has no path that a rule could be about', () => {
  const rule: PolicyRule = { paths: ['**'], quorum: 2 };
  expect([isRuleOf(rule, 'refs/heads/main', []), isRuleOf(rule, 'refs/heads/main', ['a'])]).toEqual([
    false,
    true,
  ]);
});

test.each([
  ['', 'must be a map'],
  ['rules: []', 'it demands nothing'],
  ['quorum: [', 'not YAML'],
  ['quorum: 0', 'quorum: must be at least 1'],
  ['quorum: two', 'quorum: must be a number'],
  ['quorom: 2', 'unknown field "quorom"'],
  ['require: [fast]', 'require.0: must be one of exact, touch, logged'],
  ['quorum: 1\nquorum: 2', 'not YAML'],
  ['quorum: 2 # of them\rby: [mallory, eve]', 'without a line feed at line 1, column 20'],
  ['require: &a [exact]\nrules: [{ paths: [x], require: *a }]', 'not YAML'],
  ['rules: [{ quorum: 2 }]', 'rules.0: must have branches or paths'],
  ['rules: [{ paths: [x] }]', 'rules.0: must demand something'],
  ['rules: [{ paths: [], quorum: 2 }]', 'rules.0.paths: must be at least 1'],
  ['rules: [{ path: [x], quorum: 2 }]', 'unknown field "path"'],
  ['by: [alice]\nquorum: 2', 'by: fewer people than the quorum of 2'],
  ['rules: [{ paths: [x], by: [a, a], quorum: 2 }]', 'by: fewer people than the quorum of 2'],
  ...['/src', 'src/', './src', 'a//b', 'a/../b', '', 'a?', '{a,b}', '!a', 'a\\\\b'].map((pattern) => [
    `rules: [{ paths: ["${pattern}"], quorum: 2 }]`,
    'rules.0.paths.0: must be what something can fit',
  ]),
  ['rules: [{ branches: [a, main/], quorum: 2 }]', 'rules.0.branches.1: must be what something can fit'],
  ['rules: [{ branches: [refs/heads/main], quorum: 2 }]', 'rules.0.branches.0: must be a branch'],
] as [string, string][])('%j: refused, and it says why', (text, why) => {
  expect(() => readPolicy(FILE, text)).toThrowError(
    expect.objectContaining({ code: 'invalid', message: expect.stringContaining(`${FILE} is no policy: `) }),
  );
  expect(() => readPolicy(FILE, text)).toThrowError(why);
});
