/** A secret from an operator's hand to an engine and no further: what reads it, what tells of it, and where it is not. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputOf } from '../../src/core/host-api/table.ts';
import { bundleAgent } from '../support/bundled-agent.ts';
import { environment, json, run, SELF, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { cancelAs, showAs, transcriptAs } from '../support/own-user.ts';
import { searchFor } from '../support/secret-search.ts';
import { hasTerminal, inTerminal } from '../support/terminal.ts';

const here = tempHomes();
/** Random, and with characters that a URL has in another form. */
const VALUE = `sk/${crypto.randomUUID()}+${crypto.randomUUID()}`;
const { forms, holds, found: foundBelow, leaks } = searchFor(VALUE);
const found = () => foundBelow(here.root, fed.fixture.root);
let fed: CustomFederation;
let host: string;

beforeAll(async () => {
  const command = ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'];
  const agent = join(here.root, 'agent.mjs');
  bundleAgent(agent);
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { builder: {}, spoken: {} },
    engines: {
      builder: { type: 'exec', auth: 'secret:model-key', command },
      spoken: { type: 'acp', auth: 'secret:model-key', command: ['node', agent, '1'] },
    },
    edges: ['alice delegates_to builder', 'alice delegates_to spoken'],
  });
  host = fed.homes.host!;
});
afterAll(() => fed.close());

type Secrets = OutputOf<'secrets.list'>;
const list = async () => (await json<Secrets>(host, ['host', 'secret', 'list'])).items;
test('what is looked for would be found, in each form', () => {
  const plant = (name: string, text: string | Buffer) => writeFileSync(join(here.root, name), text);
  for (const [i, form] of forms.entries()) plant(`planted-${i}`, Buffer.concat([Buffer.from('…'), form]));
  expect(found()).toHaveLength(forms.length);
  for (const i of forms.keys()) plant(`planted-${i}`, '');
  expect(found()).toEqual([]);
});

test('without it a task fails, and says whose turn it is', async () => {
  const none = { set: null, by: null, version: null, grants: [], exposed: [] };
  expect(await list()).toEqual([{ name: 'model-key', ...none, nodes: ['builder', 'spoken'] }]);
  const status = await json<OutputOf<'status.show'>>(host, ['host', 'status']);
  expect(status.missing).toEqual([{ secret: 'model-key', nodes: ['builder', 'spoken'] }]);
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
});

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
    stdout: 'secret model-key is set, version 1; used by builder, spoken\n',
    stderr: '',
  });
  expect(await list()).toMatchObject([{ name: 'model-key', by: 'bootstrap', nodes: ['builder', 'spoken'] }]);
  expect(found()).toEqual([]);
  const go = join(here.root, 'go');
  const waits = (ready: string) => `touch ${ready}; while [ ! -e ${go} ]; do sleep 0.05; done`;
  const begun = async (name: string, deed: string): Promise<string> => {
    const ready = join(here.root, name);
    const session = await fed.ask('alice', 'builder', `${deed}${waits(ready)}`);
    await until('the engine', async () => existsSync(ready));
    return session;
  };
  const ended = await begun('ready-1', '');
  const session = await begun(
    'ready-2',
    'stat -c "mode %a" "$ENTANGLE_SECRETS/model-key"; cat "$ENTANGLE_SECRETS/model-key"; echo " was read"\n',
  );
  expect(leaks()).toEqual([]);
  // Killed in the middle: the turn is run again, and asks again; that of a session which ended meanwhile is not
  const scratch = () =>
    readdirSync(join(fed.directory('runner'), 'turns')).map((turn) =>
      join(fed.directory('runner'), 'turns', turn, 'scratch/secrets/model-key'),
    );
  expect(scratch().map((path) => readFileSync(path, 'utf8'))).toEqual([VALUE, VALUE]);
  expect(found().toSorted()).toEqual(scratch().toSorted());
  await fed.serving('runner').kill('SIGKILL');
  await cancelAs(fed.homes.alice!, ended, 'enough');
  expect(found().toSorted()).toEqual(scratch().toSorted());
  writeFileSync(go, '');
  await fed.start('runner');
  await until('its end', async () => (await fed.session('alice', ended)).state === 'cancelled');
  const shown = await fed.waited('alice', session, 'end');
  expect(shown).toMatchObject({ state: 'completed', summary: 'mode 400\n[secret model-key] was read\n' });
  const told = [
    await run(fed.homes.alice!, ['user', 'trace', session]),
    await run(fed.homes.alice!, ['user', 'trace', session, '--transcript']),
  ];
  expect(told.map(({ code }) => code)).toEqual([0, 0]);
  expect(told[1]!.stdout).toContain('[secret model-key] was read');
  expect(holds(Buffer.from(JSON.stringify([told, shown, await answers()])))).toBe(false);
  expect(found()).toEqual([]);
  expect(leaks()).toEqual([]);
});

/** What operators are told, and the logs. */
const answers = async () => {
  const told = [
    await run(host, ['host', 'status', '--json']),
    await run(host, ['host', 'trace', '--json']),
    await run(host, ['host', 'audit', 'tail', '--json']),
    await run(host, ['host', 'secret', 'list', '--json']),
  ];
  expect(told.map(({ code }) => code)).toEqual(told.map(() => 0));
  const logs = [...fed.serving('host').log, ...fed.serving('runner').log];
  return [told, logs];
};

test('T124 an agent that speaks has it in the file that is mounted for it, and it is nowhere else; then it is gone', async () => {
  const [ready, gone] = [join(here.root, 'ready-3'), join(here.root, 'go-3')];
  const use = `cat "$ENTANGLE_SECRETS/model-key"; echo " was used"; touch ${ready}; while [ ! -e ${gone} ]; do sleep 0.05; done`;
  const session = await fed.ask('alice', 'spoken', `run ${use}`);
  await until('the engine', async () => existsSync(ready));
  const turns = join(fed.directory('runner'), 'turns');
  expect(found()).toEqual(readdirSync(turns).map((turn) => join(turns, turn, 'scratch/secrets/model-key')));
  expect(found()).toHaveLength(1);
  expect(leaks()).toEqual([]);
  writeFileSync(gone, '');
  const end = await fed.waited('alice', session, 'end');
  expect(end).toMatchObject({ state: 'completed', summary: expect.stringContaining('[secret model-key]') });
  await until('nothing of it on the disk', async () => found().length === 0);
  expect(leaks()).toEqual([]);
  const told = [
    await transcriptAs(fed.homes.alice!, session),
    await showAs(fed.homes.alice!, session),
    ...(await answers()),
  ];
  expect(told[0]).toContain('[secret model-key]');
  expect(holds(Buffer.from(JSON.stringify([end, told])))).toBe(false);
});

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
});

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
  expect(removed.stdout).toBe(
    'secret model-key is removed; turns of builder, spoken fail until it is set again\n',
  );
  expect(await run(host, [...rm, '--yes'])).toMatchObject({ code: 6 });
  expect(await list()).toMatchObject([{ name: 'model-key', set: null }]);
});

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
