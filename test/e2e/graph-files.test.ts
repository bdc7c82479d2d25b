/** What `entangle graph` does with files alone: no Host, no home, no secret. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { KEYS } from '../graphs/acme.ts';
import { run, tempHomes } from '../support/cli.ts';
import { graphText } from '../support/graph-texts.ts';
import { runHere } from '../support/own-command.ts';

const here = tempHomes();
const home = here.home('empty');
const graph = (...args: string[]) => runHere(home, ['graph', ...args]);
afterAll(() => here.clean());

const good = here.file('good.yaml', graphText());

describe('graph init', () => {
  test.each(['solo', 'pair', 'team'])('%s: validates strictly, and its tests pass', async (template) => {
    const out = here.file(`${template}.yaml`, '');
    const args = ['--npub', KEYS[0], '--graph', 'acme', '--repository', 'https://example.org/a.git'];
    const made = await graph('init', '--template', template, '--out', '-', ...args);
    expect(made.code).toBe(0);
    here.file(`${template}.yaml`, made.stdout);
    expect(await graph('validate', '--strict', out)).toMatchObject({ code: 0, stderr: '' });
    const tested = await graph('test', out);
    expect(tested).toMatchObject({ code: 0 });
    expect(tested.stdout).toMatch(/[4-9] tests passed\n$/);
  });

  test('writes a file once, and says what is wrong with a value', async () => {
    const file = `${here.root}/new.yaml`;
    const args = ['--npub', KEYS[0], '--graph', 'acme', '--repository', 'https://example.org/a.git'];
    expect(await graph('init', '--out', file, ...args)).toMatchObject({ code: 0 });
    const again = await graph('init', '--out', file, ...args);
    expect(again).toMatchObject({ code: 4, stdout: '' });
    expect(again.stderr).toContain('exists');
    const bad = await graph('init', '--out', '-', '--npub', 'npub1nope', ...args.slice(2));
    expect(bad).toMatchObject({ code: 64, stdout: '' });
  });
});

test('a graph without an SSH key allows nobody to sign, which is said beside the empty file', async () => {
  const answer = await graph('allowed-signers', here.file('unsigned.yaml', graphText()));
  expect(answer).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^nobody: /) });
});

describe('graph validate', () => {
  test('names every problem with file, line and column', async () => {
    const text = graphText()
      .replace('bob delegates_to spare', 'bob delegates_to bulider')
      .replace('kind: user', 'kind: usr');
    const file = here.file('bad.yaml', text);
    const answer = await graph('validate', file);
    expect(answer).toMatchObject({ code: 8, stdout: '' });
    expect(answer.stderr).toContain(`${file}:3:18: error: \`usr\` is not one of user, agent`);
    expect(answer.stderr).toContain(`${file}:12:5: error: no node \`bulider\`; did you mean \`builder\`?`);
    const { error } = JSON.parse((await graph('validate', file, '--json')).stdout);
    expect(error).toMatchObject({ code: 'invalid', hint: expect.any(String) });
    expect(error.details).toHaveLength(2);
    expect(error.details[1]).toMatchObject({
      file,
      path: 'edges.3',
      line: 12,
      column: 5,
      suggestion: 'builder',
    });
  });

  test('warnings pass, and fail with --strict', async () => {
    const text = graphText().replace('policy: {', 'policy: { approval: { source.publish: { by: [] } },');
    const file = here.file('warned.yaml', text);
    const passed = await graph('validate', file);
    expect(passed.code).toBe(0);
    expect(passed.stdout).toMatch(/warned\.yaml:5:\d+: warning: nobody can approve source\.publish/);
    expect(await graph('validate', '--strict', file)).toMatchObject({ code: 8, stdout: '' });
  });

  test('warns of an edge over which nothing is sent yet, and explain says so too', async () => {
    const file = here.file(
      'idle.yaml',
      graphText({ more: '  - alice reviews builder\n  - helper consults bob\n' }),
    );
    const warned = await graph('validate', file);
    expect(warned.code).toBe(0);
    expect(warned.stdout).not.toMatch(/idle\.yaml:14:/);
    expect(warned.stdout).toMatch(/idle\.yaml:15:\d+: warning: nothing is sent over consults yet/);
    const ask = async (...words: string[]) => (await graph('explain', ...words, '--file', file)).stdout;
    expect(await ask('helper', 'escalations', 'bob')).toMatch(
      /^no \(unknown_type\): .*edges carry task\.request, .*; nothing is sent over consults yet/,
    );
    expect(await ask('helper', 'approval.request', 'bob')).toMatch(
      /^no \(no_edge\): none .*`helper consults bob`; nothing is sent over consults yet/,
    );
  });

  test.each([
    ['more than 8 MiB', `${graphText()}# ${'x'.repeat(8_500_000)}\n`, '8 MiB'],
    ['depth 10,000', `graph: ${'['.repeat(10_000)}`, 'deep'],
    ['a duplicate key', graphText().replace('  helper:', '  builder:'), 'builder'],
    ['a bomb of aliases', `a: &a [1]\nb: &b [*a,*a]\nc: &c [*b,*b]\ngraph: *c\n`, 'alias'],
    ['a tag', graphText().replace('graph: acme', 'graph: !!js/function "x"'), 'tag'],
  ])('refuses %s at once, whatever it would grow to', async (what, text, word) => {
    const file = here.file(`${what.replace(/\W/g, '')}.yaml`, text);
    const start = performance.now();
    const answer = await graph('validate', file);
    expect(answer).toMatchObject({ code: 8, stdout: '' });
    expect(answer.stderr).toContain(word);
    expect(performance.now() - start).toBeLessThan(60_000);
  });

  test('refuses a node that no offer could carry, by name', async () => {
    const half = 'x'.repeat(7_000);
    const engine = `{ type: exec, auth: none, command: [${half}, ${half}] }`;
    const text = `graph: acme\nnodes:\n  big: { kind: agent, engine: ${engine} }\n`;
    const answer = await graph('validate', here.file('big.yaml', text));
    expect(answer.code).toBe(8);
    expect(answer.stderr).toMatch(/big\.yaml:3:\d+: error: `big` is too large to be offered/);
  });

  test('a missing file is not found; stdin is read', async () => {
    expect(await graph('validate', '/nowhere.yaml')).toMatchObject({ code: 6, stdout: '' });
    expect(await run(home, ['graph', 'validate', '-'], graphText())).toMatchObject({ code: 0 });
  });
});

describe('graph explain', () => {
  const answers: [string, string, string, string, RegExp, number | null, string[]][] = [
    ['alice', 'task.request', 'builder', 'allowed', /carries task\.request from `alice` to `builder`/, 9, []],
    ['alice', 'task.request', 'helper', 'no_edge', /no edge between `alice` and `helper`/, null, []],
    ['helper', 'task.request', 'builder', 'wrong_direction', /from `builder` to `helper`, not back/, 10, []],
    ['helper', 'artifact.ref', 'builder', 'narrowed', /its `only` leaves it out/, 10, []],
    ['alice', 'task.request', 'spare', 'disabled', /but is disabled/, 11, []],
    ['alice', 'task.request', 'builder', 'rate', /at its rate of 2\/minute/, 9, ['--recent', '2']],
    ['alice', 'task.request', 'builder', 'max_concurrent', /has its 1 open at once/, 9, ['--open', '1']],
    ['alice', 'task.request', 'bulider', 'unknown_node', /did you mean `builder`/, null, []],
    ['builder', 'approval.response', 'alice', 'role_never_sends', /is sent by a user only/, null, []],
    ['alice', 'routes', 'builder', 'role_never_sends', /is sent by the Host only/, null, []],
    ['alice', 'task.reqest', 'builder', 'unknown_type', /did you mean `task.request`/, null, []],
  ];
  test.each(answers)('%s %s %s: %s', async (from, type, to, reason, sentence, line, more) => {
    const answer = await graph('explain', from, type, to, '--file', good, '--json', ...more);
    expect(answer.code).toBe(0);
    const value = JSON.parse(answer.stdout);
    expect(value).toMatchObject({ reason, allowed: reason === 'allowed', revision: null });
    expect(value.sentence).toMatch(sentence);
    expect(value.place?.line ?? null).toBe(line);
  });

  test('names the line of the file', async () => {
    const { stdout } = await graph('explain', 'alice', 'task.request', 'spare', '--file', good);
    expect(stdout).toContain(
      `${good}:11: - { from: alice, relation: delegates_to, to: spare, disabled: true }`,
    );
  });
});

describe('graph test, diff, export, schema', () => {
  test('test fails with the place of each failed test', async () => {
    const file = here.file('failing.yaml', `${graphText()}  - bob may task.request builder\n`);
    const answer = await graph('test', file);
    expect(answer).toMatchObject({ code: 8, stdout: '' });
    expect(answer.stderr).toContain(`${file}:17:5: failed: bob may task.request builder: there is no edge`);
  });

  test('one question is answered by the exit code', async () => {
    const ask = (from: string) =>
      graph('test', good, '--from', from, '--type', 'task.request', '--to', 'builder');
    expect(await ask('alice')).toMatchObject({ code: 0, stderr: '' });
    expect(await ask('helper')).toMatchObject({ code: 5, stdout: '' });
    expect(await graph('test', good, '--from', 'alice')).toMatchObject({ code: 64, stdout: '' });
  });

  test('diff of two files: text, Markdown, JSON, exit codes', async () => {
    const other = here.file('other.yaml', graphText({ rate: '9/hour' }));
    expect(await graph('diff', good, good, '--detailed-exitcode')).toMatchObject({ code: 0 });
    expect((await graph('diff', good, good)).stdout).toMatch(/No changes/);
    const text = await graph('diff', good, other, '--detailed-exitcode');
    expect(text).toMatchObject({ code: 2, stderr: '' });
    expect(text.stdout).toContain('~     rate: 2/minute -> 9/hour');
    expect((await graph('diff', good, other, '--format', 'markdown')).stdout).toContain('```diff\n');
    const value = JSON.parse((await graph('diff', good, other, '--json')).stdout);
    expect(value).toMatchObject({ changed: true, summary: { add: 0, change: 1, remove: 0 } });
    const broken = here.file('broken.yaml', 'graph: [');
    expect(await graph('diff', good, broken, '--detailed-exitcode')).toMatchObject({ code: 8 });
  });

  test('export reads back as the same graph', async () => {
    const { stdout } = await graph('export', good);
    const back = here.file('back.json', stdout);
    expect(await graph('diff', good, back, '--detailed-exitcode')).toMatchObject({ code: 0 });
    expect((await graph('export', '--format', 'mermaid', good)).stdout).toMatch(/^flowchart LR\n/);
    expect((await graph('export', '--format', 'dot', good)).stdout).toMatch(/^digraph "acme" \{\n/);
  });

  test('schema is a JSON Schema; nothing was written to the home', async () => {
    const schema = JSON.parse((await graph('schema')).stdout);
    expect(schema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['graph', 'nodes'],
    });
    expect(() => readFileSync(home)).toThrow('ENOENT');
  });
});
