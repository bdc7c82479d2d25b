/** Two federations on one machine: one home of Hosts, one process for their runners, and not a byte in common. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { hostClient } from '../../src/cli/wiring/host-client.ts';
import { bindAlone, identityOf } from '../../src/cli/wiring/join.ts';
import { parsePubkey } from '../../src/core/encoding/id.ts';
import { callHost } from '../../src/core/host-api/client.ts';
import { freePort, json, run, type Serving, tempHomes } from '../support/cli.ts';
import { type Fixture, gitFixture, plainGit } from '../support/git-fixtures.ts';
import { joinUserHome, makeUserHome, operatorOf } from '../support/own-setup.ts';
import { askAs, waitAs } from '../support/own-user.ts';

const NAMES = ['acme', 'globex'] as const;
type Name = (typeof NAMES)[number];
type Tenant = {
  host: string;
  /** Names, keys and words that only this one has. */
  marks: string[];
  relay: string;
  serving: Serving;
  fixture: Fixture;
  person: string;
};

const here = tempHomes();
const machine = here.home('m');
const turns = here.file('turns', '');
const tenants = {} as Record<Name, Tenant>;
let runners: Serving;
afterAll(async () => {
  await here.clean();
  for (const name of NAMES) tenants[name]?.fixture.remove();
});

const at = (name: Name) => ['--host', name];
const directory = (name: Name, kind: 'host' | 'runner'): string => join(machine, kind, name);
const wordsOf = (name: Name): string => `words-of-${name}-alone`;

/** A Host of this machine, its relay, a runner that belongs to it, and a person at home elsewhere. */
const set = async (name: Name): Promise<void> => {
  const fixture = gitFixture({ [`${name}.txt`]: `${name}\n` });
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const keys = ['--keys', 'file'];
  const init = ['host', 'init', ...at(name), '--graph', name, '--relay', relay, '--members', ...keys];
  const { host } = await json<{ host: string }>(machine, init);
  const port = new URL(relay).port;
  await here.start(here.home(`w-${name}`), ['relay', 'serve', '--port', port, '--owner', host]);
  const serving = await here.start(machine, ['host', 'serve', ...at(name)]);
  const person = here.home(`p-${name}`);
  const npub = await makeUserHome(person);
  tenants[name] = {
    host,
    relay,
    serving,
    fixture,
    person,
    marks: [parsePubkey(host, 'usage'), parsePubkey(npub, 'usage'), wordsOf(name), `node-${name}`],
  };
  const offer = ['--sandbox', 'none', '--git-protocol', 'file'];
  await json(machine, ['runner', 'init', '--runner', name, ...keys, ...offer]);
  const operator = operatorOf(machine, name);
  await bindAlone(directory(name, 'runner'), 'runner', () => operator.invite('runner', 'r1'));
  const command = ['bash', '-c', `echo began >> ${turns}; sleep 0.3; echo ended >> ${turns}`];
  const agent = {
    kind: 'agent',
    engine: { type: 'exec', auth: 'none', command },
    workspace: { repository: fixture.repository.url, base: 'main' },
    policy: { sandbox: 'none' },
  };
  const graph = {
    graph: name,
    nodes: { ann: { kind: 'user', pubkey: npub }, [`node-${name}`]: agent },
    edges: [`ann delegates_to node-${name}`],
  };
  await operator.apply(here.file(`${name}.json`, JSON.stringify(graph)));
};

/** Its agent runs, and its person has joined. */
const ready = async (name: Name): Promise<void> => {
  const operator = operatorOf(machine, name);
  await operator.trust('r1', (await identityOf(directory(name, 'runner'), 'runner')).words);
  await joinUserHome(tenants[name].person, await operator.invite('user', 'ann'));
  tenants[name].marks.push(parsePubkey((await operator.assign(`node-${name}`, 'r1')) ?? '', 'usage'));
};

const done = async (name: Name, task: string): Promise<string> => {
  const { person } = tenants[name];
  const session = await askAs(person, `node-${name}`, task);
  const shown = await waitAs(person, session);
  expect(shown.state).toBe('completed');
  return session;
};

beforeAll(async () => {
  for (const name of NAMES) await set(name);
  runners = await here.start(machine, ['runner', 'serve', '--all', '--capacity', '1']);
  for (const name of NAMES) await ready(name);
  const sessions = await Promise.all(
    NAMES.flatMap((name) =>
      [1, 2].map(async (n) => [name, await done(name, `${wordsOf(name)} ${n}`)] as const),
    ),
  );
  for (const [name, session] of sessions) tenants[name].marks.push(session);
});

const bytesBelow = (path: string): Buffer[] =>
  statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => [Buffer.from(name), ...bytesBelow(join(path, name))])
    : statSync(path).isFile()
      ? [readFileSync(path)]
      : [];

test('both run on this machine, with one place for a turn between their runners', async () => {
  for (const name of NAMES) {
    const { items } = await json<{ items: { name: string; liveness: string }[] }>(machine, [
      ...['host', 'runner', 'list'],
      ...at(name),
    ]);
    expect(items.map((one) => [one.name, one.liveness])).toEqual([['r1', 'live']]);
    expect((await json<{ graph: string }>(machine, ['host', 'status', ...at(name)])).graph).toContain(
      `/${name}`,
    );
  }
  // None began before the one before it had ended, whoever it was for
  expect(readFileSync(turns, 'utf8')).toBe('began\nended\n'.repeat(4));
});

test('T189 nothing of one is in the homes, relays, logs and answers of the other', async () => {
  for (const [name, other] of [NAMES, [...NAMES].reverse()] as [Name, Name][]) {
    const client = hostClient(resolveHome(machine, {}, machine, other), {
      'token-file': join(directory(other, 'host'), 'operator.token'),
    });
    const asked = await Promise.all(
      (
        ['status.show', 'trace.list', 'rejects.list', 'runners.list', 'audit.list', 'graph.show'] as const
      ).map((row) => callHost(client, row)),
    );
    const own = runners.log.filter((line) => line.includes(`runner ${other}: `));
    const all = [
      ...[directory(other, 'host'), directory(other, 'runner'), here.home(`w-${other}`)].flatMap(bytesBelow),
      ...bytesBelow(tenants[other].person),
      Buffer.from(JSON.stringify(asked)),
      Buffer.from([...tenants[other].serving.log, ...own].join('\n')),
    ];
    const seen = tenants[name].marks.filter((mark) => all.some((bytes) => bytes.includes(mark)));
    expect([name, seen]).toEqual([name, []]);
    // The search finds what there is
    const found = tenants[other].marks.filter((mark) => all.some((bytes) => bytes.includes(mark)));
    expect(found).toEqual(tenants[other].marks);
  }
});

test('a token of one opens nothing of the other', async () => {
  const token = ['--token-file', join(directory('acme', 'host'), 'operator.token')];
  const refused = await run(machine, ['host', 'status', ...at('globex'), ...token]);
  expect(refused).toMatchObject({ code: 3, stdout: '' });
  expect(await run(machine, ['host', 'status', ...at('acme'), ...token])).toMatchObject({ code: 0 });
});

test('a home that is damaged is named, and no other is served in its place', async () => {
  await runners.kill();
  const config = join(directory('globex', 'runner'), 'config.yaml');
  const text = readFileSync(config, 'utf8');
  here.file('m/runner/globex/config.yaml', 'kind: runner\n');
  const refused = await run(machine, ['runner', 'serve', '--all']);
  expect(refused).toMatchObject({ code: 8 });
  expect(refused.stderr).toContain('runner globex: ');
  here.file('m/runner/globex/config.yaml', text);
  runners = await here.start(machine, ['runner', 'serve', '--all', '--capacity', '2']);
  await done('globex', 'again');
  expect(plainGit(tenants.globex.fixture.remote, 'for-each-ref', '--format=%(refname)')).not.toContain(
    'acme',
  );
});
