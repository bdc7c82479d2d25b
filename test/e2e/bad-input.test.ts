/** A command refuses what its server would refuse: in words, with the right exit code, and nothing is written. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasTool } from '../support/child.ts';
import { environment, run, SELF, tempHomes } from '../support/cli.ts';
import { jsonHere, runHere } from '../support/own-command.ts';

const here = tempHomes();
afterAll(() => here.clean());

const RELAY = ['--relay', 'ws://127.0.0.1:7777', '--keys', 'file'];
const nine = Array.from({ length: 9 }, (_, i) => ['--relay', `wss://r${i}.example.org`]).flat();
const RUNNER = ['runner', 'init', '--keys', 'file', '--sandbox', 'none'];
/** No pattern, no dump of a schema, no class of ours or of a library. */
const DUMP = /\^[[(\\]|\[A-Za-z|\[a-z|\\[dwsu]|"code":|invalid_|ZodError|Expected |Invalid (?:string|input)/;

const CASES: [string, string[], string][] = [
  [
    'host init --graph Acme_Corp',
    ['host', 'init', '--graph', 'Acme_Corp', ...RELAY],
    '"Acme_Corp" is not a name',
  ],
  ['host init --graph "a b/c"', ['host', 'init', '--graph', 'a b/c', ...RELAY], '"a b/c" is not a name'],
  ['host init --lease 2h', ['host', 'init', '--lease', '2h', ...RELAY], 'at most 1h'],
  ['host init --lease 1s', ['host', 'init', '--lease', '1s', ...RELAY], 'at least 5s'],
  ['host init with nine --relay', ['host', 'init', '--keys', 'file', ...nine], 'at most 8 relays'],
  [
    'host init with a relay that is none',
    ['host', 'init', '--keys', 'file', '--relay', 'http://x'],
    'URL of a relay',
  ],
  ['runner init --label without a value', [...RUNNER, '--label', 'gpu'], 'is not a label'],
  ['runner init --label with a blank', [...RUNNER, '--label', 'gpu type=a'], 'is not a label key'],
  [
    'runner init --label with a long value',
    [...RUNNER, '--label', `a=${'v'.repeat(64)}`],
    'is not a label value',
  ],
  [
    'runner init with two values of a label',
    [...RUNNER, '--label', 'a=1', '--label', 'a=2'],
    'given two values',
  ],
  ['runner init --capacity 1000', [...RUNNER, '--capacity', '1000'], '1000 is out of bounds: at most 64'],
  ['runner init --runner A', [...RUNNER, '--runner', 'A'], '"A" is not a name'],
  [
    'host invite runner --name build_1',
    ['host', 'invite', 'runner', '--name', 'build_1'],
    '"build_1" is not a name',
  ],
  [
    'user watch --bind of a digit, also where no screen is shown',
    ['user', 'watch', '--bind', 'arm=a'],
    'a cannot be the key of "arm"',
  ],
  ['host invite --expires 31d', ['host', 'invite', 'user', '--name', 'a', '--expires', '31d'], 'at most 30d'],
  ['host invite bot', ['host', 'invite', 'bot', '--name', 'a'], '"bot" is not one of runner, user'],
  ['host operator add CI', ['host', 'operator', 'add', 'CI', '--role', 'viewer'], '"CI" is not a name'],
  [
    'host assignment create with a bad node',
    ['host', 'assignment', 'create', 'a/b', '--runner', 'r'],
    'not a name',
  ],
  [
    'graph init --graph Acme',
    ['graph', 'init', '--graph', 'Acme', '--npub', 'npub1', '--out', '-'],
    'not a name',
  ],
  [
    'graph init --npub with a wrong checksum',
    ['graph', 'init', '--graph', 'acme', '--npub', `npub1${'q'.repeat(58)}`, '--out', '-'],
    '--npub: not a public key',
  ],
  ['relay serve --owner npub1xx', ['relay', 'serve', '--owner', 'npub1xx'], '--owner: not a public key'],
  ['relay serve --url htp:/x', ['relay', 'serve', '--url', 'htp:/x'], '"htp:/x" is not the URL of a relay'],
  ['a duration that is none', ['user', 'inbox', '--sync', '1h1h'], 'is not a duration'],
];

test('a home that others can write to, or that is somebody else’s, is refused before anything is written', async () => {
  const open = here.home('open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  const { code, stderr } = await runHere(open, ['user', 'init', '--keys', 'file']);
  expect([code, stderr]).toEqual([8, expect.stringMatching(/others can write to .*\n.*chmod go-w/)]);
  chmodSync(open, 0o700);
  if (process.getuid?.() === 0) {
    chownSync(open, 1234, 1234);
    const foreign = await runHere(open, ['user', 'init', '--keys', 'file']);
    expect([foreign.code, foreign.stderr]).toEqual([8, expect.stringContaining('belongs to another user')]);
  }
  expect(readdirSync(open)).toEqual([]);
});

test('what the disk says no to is told with its path: exit 7, and not as a bug', async () => {
  const home = here.home('full');
  mkdirSync(home);
  const file = join(home, 'a file');
  writeFileSync(file, '');
  const { code, stderr } = await runHere(join(file, 'home'), ['user', 'init', '--keys', 'file']);
  expect([code, stderr]).toEqual([7, expect.stringMatching(/a file.*no directory \(ENOTDIR/)]);
  expect(stderr).not.toContain('bug');
});

const STRACE = hasTool('strace', ['-f', '-o', '/dev/null', 'true']);
test.runIf(STRACE).each([
  ['fsync', 'EIO', 'EIO'],
  ['mkdir,mkdirat', 'ENOSPC', 'no space left'],
  ['link,linkat', 'ENOSPC', 'ENOSPC'],
  ['rename,renameat,renameat2', 'EROFS', 'the file system is read-only'],
])('a disk whose %s says %s: exit 7 with the path', (call, code, words) => {
  const home = here.home(`disk-${call.split(',')[0]}`);
  const inject = ['-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=${code}`];
  const argv = [...inject, ...SELF, 'user', 'init', '--keys', 'file', '--home', home];
  const { status, stderr } = spawnSync('strace', argv, { env: environment(home), encoding: 'utf8' });
  expect([status, stderr]).toEqual([7, expect.stringContaining(words)]);
  expect(stderr).toContain(home);
  expect(stderr).not.toContain('a bug');
});

describe('is refused before anything is made, exit 64', () => {
  test.each(CASES)('%s', async (name, args, words) => {
    const home = here.home(`bad ${CASES.findIndex(([one]) => one === name)}`);
    const { code, stdout, stderr } = await runHere(home, [...args, '--no-input']);
    expect([code, stdout], stderr).toEqual([64, '']);
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/\nhint: .+\n$/);
    expect(stderr).not.toMatch(DUMP);
    expect(existsSync(home) ? readdirSync(home) : []).toEqual([]);
  });
});

test('runner init takes the labels that a graph can ask for, whole', async () => {
  const home = here.home('labels');
  const labels = ['gpu_type=a', 'topology/zone=eu-1', 'node.kubernetes.io/instance-type=m5.large'];
  await jsonHere(home, [...RUNNER, ...labels.flatMap((one) => ['--label', one])]);
  const config = readFileSync(join(home, 'runner/default/config.yaml'), 'utf8');
  for (const one of labels) expect(config).toContain(one.replace('=', ': '));
});

test('a value of a variable or a setting is refused as one of a flag is', async () => {
  const home = here.home('variable');
  const given = await runHere(home, ['host', 'init', ...RELAY], { ENTANGLE_LEASE: '2h' });
  expect([given.code, given.stderr]).toEqual([
    64,
    expect.stringMatching(/^error: ENTANGLE_LEASE: .*at most 1h/),
  ]);
});

describe('what is there and wrong is said in words, exit 8', () => {
  const home = here.home('host');
  const config = join(home, 'host/default/config.yaml');
  let good = '';
  beforeAll(async () => {
    await jsonHere(home, ['host', 'init', ...RELAY, '--graph', 'acme']);
    good = readFileSync(config, 'utf8');
  });

  test.each([
    ['leaseMs: 60000', 'leaseMs: 7200000', 'leaseMs: must be at most 3600000'],
    ['keys: file', 'keys: paper', 'keys: must be one of keyring, encrypted, file'],
    [/relays:\n.*\n/, 'relays: [http://x]\n', 'relays.0: must be the URL of a relay'],
    [/(graph: [0-9a-f]{64})\/acme/, '$1/Acme_Corp', 'graph: must be a graph id'],
    ['members: false', 'members: false\ncolour: red', 'unknown field "colour"'],
  ])('%s → %s', async (from, to, words) => {
    writeFileSync(config, good.replace(from, to));
    expect(readFileSync(config, 'utf8')).not.toBe(good);
    const { code, stderr } = await run(home, ['host', 'serve', '--no-input']);
    expect(code, stderr).toBe(8);
    expect(stderr).toContain(`config.yaml: ${words}`);
    expect(stderr).toContain(`fix it in ${config}`);
    expect(stderr).not.toMatch(DUMP);
    writeFileSync(config, good);
  });

  test('a graph file with labels, durations and names that do not fit', async () => {
    const file = here.file(
      'bad.yaml',
      `graph: Acme
nodes:
  Bob: { kind: user, pubkey: nope }
  builder:
    kind: agent
    engine: { type: exec, auth: token, command: [x] }
    placement: { labels: { "gpu type": a, zone: "a b" } }
    policy: { budget: { time: 1500ms } }
`,
    );
    const { code, stderr } = await runHere(home, ['graph', 'validate', file]);
    expect(code).toBe(8);
    for (const words of [
      'must be a name',
      'must be a label key',
      'must be a label value',
      'must be whole seconds',
    ])
      expect(stderr).toContain(words);
    expect(stderr).not.toMatch(DUMP);
  });

  test('a saved plan and an invite that are none', async () => {
    const plan = here.file(
      'bad.plan',
      '{"base":{"n":0,"digest":"x"},"digest":"x","format":"entangle/plan/1"}',
    );
    const invite = here.file('invite.txt', 'entangle-invite1.e30');
    for (const args of [
      ['graph', 'apply', plan, '--yes'],
      ['runner', 'join', invite],
    ]) {
      const there = here.home(`joins ${args[0]}`);
      await jsonHere(there, RUNNER);
      const { code, stderr } = await runHere(there, [...args, '--no-input']);
      expect([args[0], code], stderr).toEqual([args[0], 8]);
      expect(stderr).not.toMatch(DUMP);
    }
  });
});
