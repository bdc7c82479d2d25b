/** A secret from an operator's hand to an engine and no further: what reads it, what tells of it, and where it is not. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputOf } from '../../src/core/host-api/table.ts';
import { environment, json, run, SELF, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { hasTerminal, inTerminal } from '../support/terminal.ts';

const here = tempHomes();
// Random, so that nothing else on this machine can have it
const VALUE = `sk-${crypto.randomUUID()}`;
const HIDDEN = [
  VALUE,
  Buffer.from(VALUE).toString('base64').slice(0, 40),
  Buffer.from(VALUE).toString('hex'),
];
let fed: CustomFederation;
let host: string;

beforeAll(async () => {
  const command = ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'];
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { builder: {} },
    engines: { builder: { type: 'exec', auth: 'secret:model-key', command } },
    edges: ['alice delegates_to builder'],
  });
  host = fed.homes.host!;
}, 120_000);
afterAll(() => fed.close());

type Secrets = OutputOf<'secrets.list'>;
const list = async () => (await json<Secrets>(host, ['host', 'secret', 'list'])).items;
/** Whose environment or command line has the value, of all processes of this machine. */
const leaks = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => ['environ', 'cmdline'].map((file) => `/proc/${pid}/${file}`))
    .filter((path) => {
      try {
        const text = readFileSync(path, 'latin1');
        return HIDDEN.some((hidden) => text.includes(hidden));
      } catch {
        return false;
      }
    });
/** Files of all homes that have it in any of these forms. */
const found = (): string[] =>
  HIDDEN.flatMap((hidden) => {
    // By descriptor: on a command line the look for it would find itself
    const grep = spawnSync('grep', ['-rlaF', '-f', '-', here.root], { input: hidden, encoding: 'utf8' });
    return grep.stdout.split('\n').filter(Boolean);
  });

test('without it a task fails, and says whose turn it is', async () => {
  const none = { set: null, by: null, version: null, grants: [], exposed: [] };
  expect(await list()).toEqual([{ name: 'model-key', ...none, nodes: ['builder'] }]);
  const status = await json<OutputOf<'status.show'>>(host, ['host', 'status']);
  expect(status.missing).toEqual([{ secret: 'model-key', nodes: ['builder'] }]);
  expect((await run(host, ['host', 'status'])).stdout).toContain('entangle host secret set model-key');
  const session = await fed.ask('alice', 'builder', 'true');
  const shown = await until('its end', async () => {
    const one = await fed.session('alice', session);
    return one.state === 'failed' && one;
  });
  expect(shown).toMatchObject({
    reason: 'secret_unavailable',
    summary: expect.stringContaining('ask an operator to set it: `entangle host secret set model-key`'),
  });
}, 90_000);

test('what is no value is refused, and none is taken from an argument', async () => {
  const set = ['host', 'secret', 'set', 'model-key'];
  expect(await run(host, set)).toMatchObject({ code: 64, stderr: expect.stringContaining('empty') });
  const typed = await run(host, [...set, VALUE]);
  expect(typed).toMatchObject({ code: 64, stderr: expect.stringContaining('on the command line') });
  expect(typed.stderr).not.toContain(VALUE);
  for (const more of [['its', VALUE], [`--value=${VALUE}`]]) {
    const refused = await run(host, [...set, ...more]);
    expect(refused.code).toBe(64);
    expect(refused.stderr).not.toContain(VALUE);
  }
  expect(await run(host, set, 'x'.repeat(8193))).toMatchObject({
    code: 8,
    stderr: expect.stringContaining('8193 bytes'),
  });
  expect(await run(host, [...set, '--from-file', here.file('empty', '')])).toMatchObject({ code: 64 });
  expect((await list())[0]!.set).toBeNull();
  // Taken, and told of: it stands in many texts by chance
  const short = await run(host, ['host', 'secret', 'set', 'short'], 'tok\n');
  expect(short).toMatchObject({ code: 0, stderr: expect.stringContaining('secret "short" has 3 bytes') });
  expect(await run(host, ['host', 'secret', 'rm', 'short', '--yes'])).toMatchObject({ code: 0 });
});

test('the engine reads it as a file, what it prints of it is told by its name, and it is nowhere else', async () => {
  const set = await run(host, ['host', 'secret', 'set', 'model-key'], `${VALUE}\n`);
  expect(set).toMatchObject({
    code: 0,
    stdout: 'secret model-key is set, version 1; used by builder\n',
    stderr: '',
  });
  expect(await list()).toMatchObject([{ name: 'model-key', by: 'bootstrap', nodes: ['builder'] }]);
  const [ready, go] = [join(here.root, 'ready'), join(here.root, 'go')];
  const session = await fed.ask(
    'alice',
    'builder',
    [
      'stat -c "mode %a" "$ENTANGLE_SECRETS/model-key"; cat "$ENTANGLE_SECRETS/model-key"; echo " was read"',
      `touch ${ready}; while [ ! -e ${go} ]; do sleep 0.05; done`,
    ].join('\n'),
  );
  await until('the engine', async () => existsSync(ready));
  expect(leaks()).toEqual([]);
  // Killed in the middle: the turn is run again, and asks again
  const scratch = () =>
    readdirSync(join(fed.directory('runner'), 'turns')).map((turn) =>
      join(fed.directory('runner'), 'turns', turn, 'scratch/secrets/model-key'),
    );
  expect(scratch().map((path) => readFileSync(path, 'utf8'))).toEqual([VALUE]);
  expect(found()).toEqual(scratch());
  await fed.serving('runner').kill('SIGKILL');
  writeFileSync(go, '');
  await fed.start('runner');
  const shown = await fed.waited('alice', session, 'end');
  expect(shown).toMatchObject({ state: 'completed', summary: 'mode 400\n[secret model-key] was read\n' });
  const told = [
    await run(fed.homes.alice!, ['user', 'trace', session]),
    await run(fed.homes.alice!, ['user', 'trace', session, '--transcript']),
    await run(host, ['host', 'trace']),
    await run(host, ['host', 'audit', 'tail', '--json']),
    await run(host, ['host', 'secret', 'list', '--json']),
  ];
  expect(told.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  expect(told[1]!.stdout).toContain('[secret model-key] was read');
  const logs = [...fed.serving('host').log, ...fed.serving('runner').log];
  const said = JSON.stringify([told, shown, logs]);
  for (const hidden of HIDDEN) expect(said).not.toContain(hidden);
  expect(found()).toEqual([]);
  expect(leaks()).toEqual([]);
}, 120_000);

test('of a session that ended while its runner was killed nothing is left at the next start', async () => {
  const [ready, go] = [join(here.root, 'ready-2'), join(here.root, 'go-2')];
  const session = await fed.ask(
    'alice',
    'builder',
    `touch ${ready}; while [ ! -e ${go} ]; do sleep 0.05; done`,
  );
  await until('the engine', async () => existsSync(ready));
  expect(found()).toHaveLength(1);
  await fed.serving('runner').kill('SIGKILL');
  await json(fed.homes.alice!, ['user', 'cancel', session]);
  expect(found()).toHaveLength(1);
  await fed.start('runner');
  await until('its end', async () => (await fed.session('alice', session)).state === 'cancelled');
  expect(found()).toEqual([]);
  writeFileSync(go, '');
}, 90_000);

test('it is replaced from a file, which is taken as it is', async () => {
  const file = here.file('key', 'a line\nand another\n');
  await json(host, ['host', 'secret', 'set', 'model-key', '--from-file', file]);
  const session = await fed.ask('alice', 'builder', 'wc -c < "$ENTANGLE_SECRETS/model-key"');
  expect(await fed.waited('alice', session, 'end')).toMatchObject({ summary: '19\n' });
  const [present] = await list();
  expect(present).toMatchObject({ version: 2, exposed: [] });
  expect(present!.grants.map(({ version }) => version)).toEqual([1, 2]);
  const runners = await json<OutputOf<'runners.list'>>(host, ['host', 'runner', 'list']);
  expect(runners.items[0]).toMatchObject({ secrets: ['model-key'] });
}, 90_000);

test('it is removed when that is confirmed, and only an admin may do any of it', async () => {
  const rm = ['host', 'secret', 'rm', 'model-key'];
  expect(await run(host, [...rm, '--no-input'])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('--yes'),
  });
  await json(host, ['host', 'operator', 'add', 'ed', '--role', 'editor']);
  const asEditor = ['--token-file', join(host, 'host/default/operators/ed.token'), '--json'];
  for (const args of [
    [...rm, '--yes'],
    ['host', 'secret', 'list'],
    ['host', 'secret', 'set', 'other'],
  ])
    expect((await run(host, [...args, ...asEditor], 'value')).code, args.join(' ')).toBe(3);
  const removed = await run(host, [...rm, '--yes']);
  expect(removed.stdout).toBe('secret model-key is removed; turns of builder fail until it is set again\n');
  expect(await run(host, [...rm, '--yes'])).toMatchObject({ code: 6 });
  expect(await list()).toMatchObject([{ name: 'model-key', set: null }]);
}, 60_000);

test.runIf(hasTerminal())('typed at a terminal it is not shown', async () => {
  const command = [...SELF, 'host', 'secret', 'set', 'typed', '--home', host];
  const answer = { asked: 'Value of secret "typed": ', answer: `${VALUE}\r` };
  const { code, screen } = await inTerminal(command, environment(host), answer);
  expect([code, screen.includes(VALUE)]).toEqual([0, false]);
  expect((await list()).map(({ name }) => name)).toContain('typed');
  const removal = { asked: 'Remove secret typed?', answer: 'y\r' };
  const rm = [...SELF, 'host', 'secret', 'rm', 'typed', '--home', host];
  expect((await inTerminal(rm, environment(host), removal)).code).toBe(0);
  expect((await list()).map(({ name }) => name)).toEqual(['model-key']);
});
