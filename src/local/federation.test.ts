/** How a local federation comes up, over processes that only say what they were asked. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { probedAs } from '../../test/support/probe-records.ts';
import { keepProbe } from '../adapters/engines/acp/probe/kept.ts';
import { programsOf } from '../adapters/engines/acp/probe/programs.ts';
import { writeConfig } from '../cli/wiring/home-config.ts';
import { agentText } from '../core/acp/probe-record.ts';
import { npub } from '../core/encoding/id.ts';
import { EntangleError } from '../core/errors.ts';
import type { EngineSpec } from '../core/graph/engines.ts';
import type { RunnerView } from '../core/host-api/shapes.ts';
import type { Processes } from '../ports/index.ts';
import { hostConfig } from '../services/setup/config.ts';
import { bringUp } from './federation.ts';
import { commandEngine, type FederationWanted } from './graph-file.ts';
import type { OwnHomes } from './own-homes.ts';
import type { OwnHost } from './own-host.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entangle-local-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const HOST = npub('aa'.repeat(32));
const ALICE = npub('bb'.repeat(32));
const wanted: FederationWanted = {
  graph: 'demo',
  node: 'builder',
  user: 'you',
  remote: 'file:///tmp/remote.git',
  base: 'main',
  engine: commandEngine(['bash', '-c', 'true']),
  sandbox: 'none',
  offers: ['none'],
  capacity: 2,
};
/** What each command answers. */
const ANSWERS: readonly [words: string, answer: unknown][] = [
  ['runner probe', { ...probedAs('kimi'), version: '1.0' }],
  ['user join', {}],
];

const trustedView: RunnerView = {
  ...{
    name: 'local',
    npub: 'npub-runner',
    trust: 'trusted',
    leaving: false,
    liveness: 'offline',
    silenceMs: null,
  },
  ...{ words: 'a b c', engines: [], labels: {}, sandbox: ['none'], probes: [], capacity: 2, memory: null },
  secrets: [],
  since: '2026-11-28T00:00:00.000Z',
};

/** `failing` is the first word of what is refused. */
const processesOf = (failing = 'nothing') => {
  const asked: string[] = [];
  const inputs: string[] = [];
  const stopped: string[] = [];
  const note = (args: readonly string[]): string => {
    const words = args.join(' ');
    if (words.startsWith(failing)) throw new EntangleError('unavailable', `no ${failing}`);
    asked.push(words);
    return words;
  };
  const processes: Processes = {
    home,
    run: async <T>(args: readonly string[], input = '') => {
      const words = note(args);
      if (input !== '') inputs.push(`${words}: ${input}`);
      return ANSWERS.find(([first]) => words.startsWith(first))?.[1] as T;
    },
    serve: async (name, args) => {
      note(args);
      const stop = async () => void stopped.push(name);
      return { name, pid: 1, ready: {}, ended: Promise.resolve(0), onLine: () => {}, stop };
    },
    show: () => Promise.reject(new Error('nothing is shown here')),
  };
  /** What was made lies there. */
  const path = (...made: string[]) => join(home, ...made, 'config.yaml');
  const write = (bound: boolean, ...made: string[]) => {
    mkdirSync(join(home, ...made), { recursive: true });
    writeFileSync(path(...made), bound ? 'bound' : '');
  };
  const homes: OwnHomes = {
    makeHost: async (graph) => {
      note(['make host', graph]);
      const relays = [`ws://127.0.0.1:7777`];
      await writeConfig(join(home, 'host', 'default'), hostConfig, {
        ...{ kind: 'host', graph: `${'aa'.repeat(32)}/demo`, keys: 'file', stream: 'cc'.repeat(16), relays },
        ...{ recovery: 'dd'.repeat(32), leaseMs: 60_000, bootstrap: 'ee'.repeat(32), members: true },
      });
      return HOST;
    },
    isBound: async (kind) =>
      existsSync(path(kind, 'default')) && readFileSync(path(kind, 'default'), 'utf8') === 'bound',
    make: async (kind) => {
      note(['make', kind]);
      write(false, kind, 'default');
      return ALICE;
    },
    bind: async (kind, invite) => {
      inputs.push(`bind ${kind}: ${await invite()}`);
      note(['bind', kind]);
      write(true, kind, 'default');
    },
    identity: async () => ({ npub: 'npub-runner', words: 'a b c' }),
  };
  /** The Host as its host finds it. */
  const host: OwnHost = {
    // As it knows it, once somebody trusted it
    runner: async () => (existsSync(join(home, 'trusted')) ? trustedView : null),
    invite: async (role) => {
      note(['invite', role]);
      return 'the-invite';
    },
    trust: async (name, words) => {
      note(['trust', name, words]);
      writeFileSync(join(home, 'trusted'), '');
    },
    setSecret: async (name, value) => {
      note(['secret', name]);
      inputs.push(`secret: ${Buffer.from(value)}`);
    },
    graph: async () => {
      note(['graph']);
      return { nodes: { you: { pubkey: 'bb'.repeat(32) }, builder: {} } };
    },
    apply: async (file) => void note(['apply', relative(home, file)]),
    assign: async (node, runner) => {
      note(['assign', node, runner]);
      return 'npub-node';
    },
  };
  return { processes, homes, host, servesUser: true, asked, inputs, stopped };
};
const firstWords = (asked: readonly string[]): string[] =>
  asked.map((words) => ANSWERS.find(([first]) => words.startsWith(first))?.[0] ?? words.split(' -')[0]!);

test('sets up what is not there, and gives secrets on standard input only', async () => {
  const { asked, inputs, ...local } = processesOf();
  const up = await bringUp(local, wanted, () => {});
  expect(up).toMatchObject({ host: HOST, runner: 'npub-runner', user: ALICE, node: 'npub-node' });
  expect(firstWords(asked)).toEqual([
    ...['make host demo', 'relay serve', 'host serve', 'make runner', 'invite runner', 'bind runner'],
    ...['make user', 'apply graph.yaml', 'invite user', 'bind user'],
    ...['runner serve', 'user watch', 'trust local a b c', 'assign builder local'],
  ]);
  expect(asked.join('\n')).not.toContain('the-invite');
  expect(inputs.map((text) => text.split(': ')[1])).toEqual(['the-invite', 'the-invite']);
  expect(readFileSync(join(home, 'graph.yaml'), 'utf8')).toContain(ALICE);
});

test('the second time nothing is set up anew', async () => {
  await bringUp(processesOf(), wanted, () => {});
  const { asked, ...local } = processesOf();
  const up = await bringUp(local, wanted, () => {});
  expect(up).toMatchObject({ host: HOST, runner: 'npub-runner', user: ALICE });
  expect(firstWords(asked)).toEqual([
    ...['relay serve', 'host serve', 'graph', 'runner serve', 'user watch', 'assign builder local'],
  ]);
});

test('what its Host is, its own config says: nothing else has to be written before a cut', async () => {
  const { homes, ...first } = processesOf('relay serve');
  await expect(bringUp({ ...first, homes }, wanted, () => {})).rejects.toMatchObject({
    message: 'no relay serve',
  });
  expect(readdirSync(join(home, 'host', 'default'))).toEqual(['config.yaml']);
  const { asked, ...local } = processesOf();
  expect(await bringUp(local, wanted, () => {})).toMatchObject({ host: HOST, relay: 'ws://127.0.0.1:7777' });
  expect(asked).toContain(`relay serve --port 7777 --owner ${HOST}`);
});

test('cut off before its runner was trusted, it goes on there, with the words of its own key', async () => {
  const first = processesOf('trust');
  await expect(bringUp(first, wanted, () => {})).rejects.toMatchObject({ message: 'no trust' });
  const { asked, ...local } = processesOf();
  // It came to the Host meanwhile
  local.host.runner = async () => ({ ...trustedView, trust: 'pending' });
  await bringUp(local, wanted, () => {});
  expect(asked).not.toContain('make runner');
  expect(asked).not.toContain('bind runner');
  expect(asked).toContain('trust local a b c');
});

test('whose runner was revoked says what to do, and another one is made where its home was removed', async () => {
  const { asked, ...local } = processesOf();
  await local.homes.bind('runner', async () => '');
  local.host.runner = async () => ({ ...trustedView, trust: 'revoked' });
  await expect(bringUp(local, wanted, () => {})).rejects.toMatchObject({
    ...{ code: 'conflict', message: 'the runner of this federation is revoked: its key counts for nothing' },
    hint: expect.stringContaining(`remove ${join(home, 'runner', 'default')} and run \`entangle up\` again`),
  });
  expect(asked).not.toContain('make runner');
  rmSync(join(home, 'runner'), { recursive: true });
  await bringUp(local, wanted, () => {});
  expect(firstWords(asked)).toEqual(expect.arrayContaining(['make runner', 'invite runner', 'bind runner']));
  expect(asked).toContain('trust local a b c');

  // Cut off before the Host heard of that one: it is another key
  const again = processesOf();
  again.host.runner = async () => ({ ...trustedView, trust: 'revoked', npub: 'npub-before' });
  await bringUp(again, wanted, () => {});
  expect(again.asked).toContain('trust local a b c');
});

test('where a person is at their own node, none is served', async () => {
  const { asked, ...local } = processesOf();
  const { servers } = await bringUp({ ...local, servesUser: false }, wanted, () => {});
  expect(servers.map(({ name }) => name)).toEqual(['relay', 'host', 'runner']);
  expect(firstWords(asked)).not.toContain('user watch');
  // What their screen shows first is what they may do: so they joined before it
  expect(firstWords(asked).indexOf('user join')).toBeLessThan(
    firstWords(asked).indexOf('assign builder local'),
  );
});

describe('an agent', () => {
  const engine = {
    type: 'acp',
    auth: 'secret:model-key',
    profile: 'kimi',
    model: 'm',
    endpoint: 'https://m.example',
  } as const;
  const agent = { tried: 'kimi', key: Buffer.from('sk-1234567') };

  test('has its key at the Host before anything runs, by no argument, and is tried before its runner serves', async () => {
    const { asked, inputs, ...local } = processesOf();
    const said: string[] = [];
    await bringUp(local, { ...wanted, engine, agent }, (text) => said.push(text));
    const words = firstWords(asked);
    expect(words.indexOf('secret model-key')).toBeLessThan(words.indexOf('make runner'));
    // It may take longer than an invite is good for
    expect(words.indexOf('runner probe')).toBeLessThan(words.indexOf('invite runner'));
    expect(words.indexOf('bind runner')).toBeLessThan(words.indexOf('runner serve'));
    expect(asked).toContain('runner probe kimi --runner default --sandbox none');
    expect(inputs).toContain('secret: sk-1234567');
    expect(asked.join('\n')).not.toContain('sk-');
    expect(readFileSync(join(home, 'graph.yaml'), 'utf8')).not.toContain('sk-');
    expect(said).toContain('agent    kimi 1.0: asks before a command, and leaves what is rejected');
  });
  test('that was tried, or cannot be, is not tried; a probe that fails stops nothing', async () => {
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    const untried = processesOf();
    await bringUp(untried, { ...wanted, engine, agent: { tried: null, key: null } }, say);
    expect(firstWords(untried.asked)).not.toContain('runner probe');
    expect(firstWords(untried.asked)).not.toContain('secret model-key');
    expect(said).toContainEqual(expect.stringMatching(/^agent {4}kimi: cannot be tried here/));
    const failing = processesOf('runner probe');
    expect(await bringUp(failing, { ...wanted, engine, agent }, say)).toMatchObject({ node: 'npub-node' });
    expect(said).toContain('agent    kimi: no runner probe');
    const program = join(home, 'agent');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    const own: EngineSpec = { type: 'acp', auth: 'none', command: [program] };
    const { digest } = (await programsOf([program]))!;
    await keepProbe(join(home, 'runner/default'), probedAs(agentText(own), { programs: digest }));
    const again = processesOf();
    await bringUp(again, { ...wanted, engine: own, agent: { tried: program, key: null } }, say);
    expect(again.asked.join('\n')).not.toContain('runner probe');
  });
});

test.each([
  ['host serve', ['relay']],
  ['runner serve', ['user', 'host', 'relay']],
  ['user watch', ['runner', 'host', 'relay']],
  ['assign', ['user', 'runner', 'host', 'relay']],
])('when %s fails, what is up is stopped, the last first', async (failing, expected) => {
  const { stopped, ...local } = processesOf(failing);
  await expect(bringUp(local, wanted, () => {})).rejects.toMatchObject({ message: `no ${failing}` });
  expect(stopped).toEqual(expected);
  expect(existsSync(join(home, 'host/default/config.yaml'))).toBe(true);
});
