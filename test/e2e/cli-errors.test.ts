/** What goes wrong on the command line, with its exit code, its words and its JSON. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environment, freePort, json, OWN_ARGS, PROGRAM, run, tempHomes } from '../support/cli.ts';

const here = tempHomes();
const home = here.home('operator');
type Failure = { error: { code: string; message: string; hint?: string; details?: { path: string }[] } };
const failing = async (where: string, args: readonly string[]) => {
  const { code, stdout, stderr } = await run(where, [...args, '--json', '--no-input']);
  return { exit: code, stderr, ...(JSON.parse(stdout) as Failure).error };
};

beforeAll(async () => {
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const { host } = await json<{ host: string }>(home, [
    'host',
    'init',
    '--graph',
    'acme',
    '--relay',
    relay,
    '--members',
    '--keys',
    'file',
  ]);
  await here.start(here.home('wire'), ['relay', 'serve', '--port', new URL(relay).port, '--owner', host]);
});
afterAll(() => here.clean());

const FIVE = `graph: acme
nodes:
  alice: { kind: user, pubkey: nope }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: [] }
    colour: red
edges:
  - alice likes builder
  - alice delegates_to nobody
`;
const PATHS = [
  'nodes.alice.pubkey',
  'nodes.builder.engine.command',
  'nodes.builder.colour',
  'edges.0',
  'edges.1',
];

describe('a graph file with five faults', () => {
  test('names all five with their paths, exit 8', async () => {
    const file = here.file('five.yaml', FIVE);
    const answer = await failing(home, ['graph', 'validate', file]);
    expect(answer).toMatchObject({ exit: 8, code: 'invalid', stderr: '' });
    expect(answer.details?.map((one) => one.path)).toEqual(PATHS);
    const { code, stdout, stderr } = await run(home, ['graph', 'validate', file]);
    expect([code, stdout]).toEqual([8, '']);
    for (const path of PATHS) expect(stderr).toContain(path);
  });
});

describe('the Host', () => {
  test('not running: exit 7, with a hint', async () => {
    const { code, stdout, stderr } = await run(home, ['host', 'status']);
    expect([code, stdout]).toEqual([7, '']);
    expect(stderr).toMatch(/^error: .+\nhint: .*entangle host serve/);
    expect(await failing(home, ['host', 'status'])).toMatchObject({
      exit: 7,
      code: 'unavailable',
      stderr: '',
    });
  });

  test('a wrong token in a file or a variable, and none: exit 3; a second one on the same home: exit 4, naming the owner', async () => {
    const host = await here.start(home, ['host', 'serve']);
    expect((await json<{ graph: string }>(home, ['host', 'status'])).graph).toContain('acme');

    const wrong = here.file('wrong.token', `ent_${'0'.repeat(64)}\n`);
    for (const args of [
      ['--token-file', wrong],
      ['--token-file', join(here.root, 'absent')],
    ]) {
      const { code, stdout } = await run(home, ['host', 'status', ...args, '--json']);
      expect(code).toBe(3);
      expect((JSON.parse(stdout) as Failure).error).toMatchObject({
        code: 'not_authorized',
        message: expect.stringMatching(/./),
        hint: expect.stringMatching(/./),
      });
    }

    const variable = { ...environment(home), ENTANGLE_TOKEN: `ent_${'0'.repeat(64)}` };
    const asked = spawnSync(PROGRAM, [...OWN_ARGS, 'host', 'status', '--home', home], { env: variable });
    expect(asked.status).toBe(3);

    const second = await run(home, ['host', 'serve']);
    expect(second.code).toBe(4);
    expect(second.stderr).toContain('entangle host serve');
    expect(second.stderr).toContain(String(host.child.pid));
    await host.kill();
  });

  test('no flag takes a token, only the name of a file with one', async () => {
    const token = readFileSync(join(home, 'host/default/operator.token'), 'utf8');
    const text = readFileSync(join(import.meta.dirname, '../../oclif.manifest.json'), 'utf8');
    expect(text).toContain('"ENTANGLE_TOKEN_FILE"');
    expect(text).not.toContain('"ENTANGLE_TOKEN"');
    expect(token).toMatch(/^ent_[0-9a-f]{64}\s*$/);
  });

  test('without any operator it does not start: exit 3', async () => {
    const fresh = here.home('governed-by-nobody');
    await json(fresh, ['host', 'init', '--relay', 'ws://127.0.0.1:1', '--keys', 'file']);
    const path = join(fresh, 'host/default/config.yaml');
    const before = readFileSync(path, 'utf8');
    const without = before.replace(/^bootstrap: .*$/m, 'bootstrap: null');
    expect(without).not.toBe(before);
    writeFileSync(path, without);
    const answer = await failing(fresh, ['host', 'serve']);
    expect(answer).toMatchObject({ exit: 3, code: 'not_authorized', hint: expect.stringMatching(/./) });
    expect((await run(here.home('none'), ['host', 'serve'])).code).toBe(6);
  });
});

test('a home that has not joined yet: exit 6, and what to do', async () => {
  const fresh = here.home('newcomer');
  await json(fresh, ['user', 'init', '--keys', 'file']);
  expect(await failing(fresh, ['user', 'inbox'])).toMatchObject({
    exit: 6,
    message: 'this user has not joined a federation yet',
    hint: expect.stringContaining('entangle user join'),
  });
});

describe('usage', () => {
  test.each([
    ['unknown topic', ['hosts']],
    ['unknown verb', ['host', 'servee']],
    ['unknown flag', ['host', 'status', '--tokn-file', 'x']],
    ['missing argument', ['user', 'show']],
    ['missing flag', ['host', 'init']],
    ['value that is none of the options', ['user', 'init', '--keys', 'paper']],
    [
      'relay that is none',
      ['host', 'init', '--keys', 'file', '--relay', 'http://x', '--home', here.home('fresh')],
    ],
    ['duration that is none', ['user', 'inbox', '--sync', 'soon']],
    ['one argument too many', ['host', 'status', 'more']],
  ])('%s: exit 64, one JSON value with code, message and hint', async (_, args) => {
    const { code, stdout, stderr } = await run(home, [...args, '--json']);
    expect([code, stderr]).toEqual([64, '']);
    const value = JSON.parse(stdout) as Failure;
    expect(Object.keys(value)).toEqual(['error']);
    expect(Object.keys(value.error)).toEqual(['code', 'message', 'hint']);
    expect(value.error.code).toBe('usage');
    const plain = await run(home, args);
    expect([plain.code, plain.stdout]).toEqual([64, '']);
    expect(plain.stderr).toMatch(/^error: .+\n(.+\n)*hint: .+\n$/);
  });
});
