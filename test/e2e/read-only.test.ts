/** A home that may not be written, as on a mounted backup: what shows things works, what writes says which file. */
import { spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasTool } from '../support/child.ts';
import { type Answer, environment, json, SELF, tempHomes } from '../support/cli.ts';
import { isSlow } from '../support/counts.ts';
import { approveAs, showAs, waitAs } from '../support/own-user.ts';
import { type ProcessFederation, startProcesses } from '../support/process-federation.ts';

const here = tempHomes();
let fed: ProcessFederation;
let session: string;
let approval: string;

type Inbox = { items: { what: string; id: string; session: string }[] };
type Fence = { command: string; args: readonly string[] };

/** The rest of the command line runs where these are mounted read-only, which binds root as well. */
const mounted = (...paths: readonly string[]): Fence => {
  const mounts = paths.map(
    (path) => `mount --bind '${path}' '${path}' && mount -o remount,bind,ro '${path}'`,
  );
  return { command: 'unshare', args: ['-rm', 'sh', '-c', `${mounts.join(' && ')} && exec "$@"`, 'sh'] };
};
/** Permission bits bind root only without this capability. */
const permitted: Fence =
  process.getuid?.() === 0
    ? { command: 'setpriv', args: ['--bounding-set', '-dac_override'] }
    : { command: 'env', args: [] };

const under = ({ command, args }: Fence, home: string, argv: readonly string[]): Answer => {
  const all = [...args, ...SELF, ...argv, '--home', home];
  const { status, stdout, stderr } = spawnSync(command, all, { env: environment(home), encoding: 'utf8' });
  return { code: status, stdout, stderr };
};

/** Every file below with its digest, as what reads must leave it; who held a lock last is written into it. */
const filesBelow = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(directory, name))
      .filter((path) => statSync(path).isFile() && !path.includes('/lock'))
      .map((path) => [path, hash('sha256', readFileSync(path), 'hex')]),
  );

beforeAll(async () => {
  fed = await startProcesses(here, { approval: true });
  session = await fed.ask('echo b > a.txt');
  approval = (await waitAs(fed.homes.user, session, 'approval')).approvals[0]!.id;
});
afterAll(() => fed.close());

const HAS_MOUNTS = hasTool('unshare', [
  '-rm',
  'sh',
  '-c',
  'mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp',
]);

/** What forbids writing in the user's home, and the file that is named. */
const FENCES: [string, boolean, (home: string) => Fence, string][] = [
  ['a read-only mount', HAS_MOUNTS, (home) => mounted(home), 'ledger/lock: the file system is read-only'],
  [
    'a ledger of which only the lines are read-only',
    HAS_MOUNTS,
    (home) => mounted(join(home, 'user/default/ledger/000001.ndjson')),
    'ledger/000001.ndjson: the file system is read-only',
  ],
  ['files that belong to nobody who writes', true, () => permitted, 'ledger/lock: permission denied'],
];

/** All that is shown, and all that writes, goes through one door: all of it is tried behind the first fence, or with SLOW each. */
const triesAll = (name: string): boolean =>
  isSlow || name === FENCES.find(([, isPossible]) => isPossible)![0];

describe.each(FENCES)('%s', (name, isPossible, fenceOf, words) => {
  const bits = (mode: number) => {
    if (!name.startsWith('files')) return;
    const ledger = join(fed.homes.user, 'user/default/ledger');
    for (const file of readdirSync(ledger)) chmodSync(join(ledger, file), mode);
  };

  test.runIf(isPossible)('shows what is known, from lines alone where the projection is gone', async () => {
    const { user } = fed.homes;
    const known = await json<Inbox>(user, ['user', 'inbox']);
    rmSync(join(user, 'user/default/projection.sqlite'));
    // A crash left it: the next that may write cuts it off
    appendFileSync(join(user, 'user/default/ledger/000001.ndjson'), '{"n":99,"at":"20');
    bits(0o400);
    const before = filesBelow(user);
    const fence = fenceOf(user);
    const inbox = under(fence, user, ['user', 'inbox', '--json']);
    expect([inbox.code, inbox.stderr]).toEqual([0, expect.stringContaining(`${words}`)]);
    expect(inbox.stderr).toContain('no relay is asked, and nothing can be sent');
    expect(JSON.parse(inbox.stdout)).toEqual({ ...known, synced: false });
    const shown = [
      ['show', session],
      ['show', approval],
      ['artifact', 'diff', session],
    ];
    for (const argv of triesAll(name) ? shown : shown.slice(0, 1)) {
      const { code, stdout } = under(fence, user, ['user', ...argv]);
      expect([code, stdout], argv.join(' ')).toEqual([0, expect.stringContaining('echo b > a.txt')]);
    }
    expect(filesBelow(user)).toEqual(before);
    bits(0o600);
  });

  test.runIf(isPossible)('what writes says which file it cannot: exit 7, and nothing was said', async () => {
    const { user } = fed.homes;
    const { subjectDigest } = await showAs<{ subjectDigest: string }>(user, approval);
    bits(0o400);
    const before = filesBelow(join(user, 'user/default/ledger'));
    const written = [
      ['approve', approval, '--subject-digest', subjectDigest],
      ['ask', 'builder', 'something else'],
      ['reject', approval, '-m', 'no'],
      ['cancel', session],
    ];
    for (const argv of triesAll(name) ? written : written.slice(0, 1)) {
      const { code, stderr } = under(fenceOf(user), user, ['user', ...argv]);
      expect([code, stderr], argv.join(' ')).toEqual([
        7,
        expect.stringContaining(`error: cannot use ${user}`),
      ]);
      expect(stderr).toContain(words);
    }
    expect(filesBelow(join(user, 'user/default/ledger'))).toEqual(before);
    bits(0o600);
  });
});

test.runIf(HAS_MOUNTS)('the Host and the runner are read over a read-only mount while they serve', () => {
  const { host, runner } = fed.homes;
  for (const [home, argv, words] of [
    [host, ['host', 'status'], 'synced'],
    [host, ['host', 'rejects'], 'no rejected messages'],
    [host, ['graph', 'show'], 'builder'],
    [runner, ['runner', 'status'], 'trusted'],
  ] as const)
    expect(under(mounted(home), home, argv)).toEqual({
      code: 0,
      stdout: expect.stringContaining(words),
      stderr: '',
    });
});

test.runIf(HAS_MOUNTS)(
  'who waits over a read-only mount hears what others write to the same home',
  async () => {
    const { user } = fed.homes;
    const { command, args } = mounted(user);
    const argv = [...args, ...SELF, 'user', 'wait', session, '--home', user];
    const waiting = spawn(command, argv, { env: environment(user), stdio: ['ignore', 'pipe', 'pipe'] });
    const said: string[] = [];
    waiting.stdout.on('data', (bytes) => said.push(String(bytes)));
    const code = new Promise((resolve) => waiting.on('close', resolve));
    await new Promise((resolve) => waiting.stderr.once('data', resolve));
    await approveAs(user, approval);
    await waitAs(user, session);
    expect([await code, said.join('')]).toEqual([0, expect.stringContaining(`${session} completed`)]);
    expect(existsSync(join(user, 'user/default/projection.sqlite'))).toBe(true);
  },
);
