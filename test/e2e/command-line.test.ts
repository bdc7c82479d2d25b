/** How a command starts and what it asks for: the Node it runs on, options that stand first, a new passphrase. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, globSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BIN, environment, freePort, OWN_ARGS, PROGRAM, run, SELF, tempHomes } from '../support/cli.ts';
import { processesWith } from '../support/foreground.ts';
import { runHere } from '../support/own-command.ts';
import { hasTerminal, inTerminal } from '../support/terminal.ts';

const here = tempHomes();
const home = here.home('me');
afterAll(() => here.clean());

describe('a Node that is too old', () => {
  /** Says that it is 20.20.2 to whatever runs in this process; a process that is started says what it is. */
  const old = here.file(
    'old.mjs',
    "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });\n",
  );
  const onOldNode = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', old, BIN, ...args], {
      env: environment(home),
      encoding: 'utf8',
    });

  test('hands over to the packaged one: output, errors and exit codes are its own', () => {
    const version = onOldNode('--version');
    expect([version.status, version.stderr]).toEqual([0, '']);
    expect(version.stdout).toMatch(/^entangle\/\S+ \S+ node-v2[2-9]\./);
    const wrong = onOldNode('frobnicate');
    expect([wrong.status, wrong.stdout]).toEqual([64, '']);
    expect(wrong.stderr).toContain('unknown command "frobnicate"');
  });

  test('passes a signal on, and what became of it back', async () => {
    const owner = 'ab'.repeat(32);
    const args = ['relay', 'serve', '--port', String(await freePort()), '--owner', owner, '--home', home];
    const child = spawn(process.execPath, ['--import', old, BIN, ...args, '--json'], {
      env: environment(home),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    expect(processesWith(home)).toEqual([]);
  });
});

describe('options and words that people type first', () => {
  test.each(['version', '--version', '-v'])('%s', async (word) => {
    expect(await run(home, [word])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^entangle\//) });
  });
  test('version --json says of which commit the build is, and what runs it', async () => {
    const { stdout } = await run(home, ['version', '--json']);
    const version = JSON.parse(readFileSync(join(BIN, '../../package.json'), 'utf8')).version;
    const [node, target] = [process.versions.node, `${process.platform}-${process.arch}`];
    expect(JSON.parse(stdout)).toEqual({
      ...{ version, node, target, userAgent: `entangle/${version} ${target} node-v${node}` },
      commit: expect.stringMatching(/^[0-9a-f]{40}(?:-dirty)?$/),
    });
  });
  test('a version that cannot be written is no version: a full device is told, a closed pipe is not', async () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(PROGRAM, [...OWN_ARGS, '--version'], {
      env: environment(home),
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect([status, stderr]).toEqual([7, expect.stringContaining('no space left on the device (ENOSPC)')]);
    const closed = spawn(PROGRAM, [...OWN_ARGS, '--version'], { env: environment(home), stdio: 'pipe' });
    closed.stdout.destroy();
    expect((await once(closed, 'exit'))[0]).toBe(0);
  });
  const HELP = ['', 'host operator', 'user inbox'];
  const helpOf = (words: string) => [...words.split(' ').filter(Boolean), '--help'];
  /** As wide as oclif is told to make it: what was built is not asked then. */
  const helpIn = (words: string, columns: string) =>
    spawnSync(PROGRAM, [...OWN_ARGS, ...helpOf(words)], {
      env: { ...environment(home), OCLIF_COLUMNS: columns },
      encoding: 'utf8',
    }).stdout;
  test.each(HELP)('help of "%s" is what oclif makes of it', async (words) => {
    const built = await runHere(home, helpOf(words));
    expect(built).toMatchObject({ code: 0, stderr: '' });
    expect(built.stdout).toBe(helpIn(words, '80'));
  });
  test('help is as wide as it is asked for', () => {
    expect(helpIn(HELP[0]!, '60')).not.toBe(helpIn(HELP[0]!, '80'));
  });
  test('entangle --json user inbox', () => {
    const line = [BIN, '--json', '--home', home, 'user', 'inbox'];
    const done = spawnSync(process.execPath, line, { env: environment(home), encoding: 'utf8' });
    expect([done.status, JSON.parse(done.stdout).error.code]).toEqual([6, 'not_found']);
  });
  test.each([
    ['hep', 'did you mean `entangle help`?'],
    ['help me', 'see `entangle --help`'],
    ['--frob', 'see `entangle --help`'],
    ['xyz', 'see `entangle --help`'],
    ['inbox', 'did you mean `entangle user inbox`?'],
    ['approve 01a2', 'did you mean `entangle user approve`?'],
    ['graf apply x', 'did you mean `entangle graph apply`?'],
    ['graf', 'did you mean `entangle graph`?'],
    ['status', 'did you mean `entangle host status` or `entangle runner status`?'],
    ['serve', 'did you mean `entangle host serve`, `entangle relay serve` or `entangle runner serve`?'],
    // Of too many
    ['list', 'see `entangle --help`'],
    // Within a topic
    ['user frobnicate', 'see `entangle user`'],
    ['host list', 'see `entangle host`'],
    ['host trust deadbeef', 'did you mean `entangle host runner trust`?'],
    ['user inbix 01a2', 'did you mean `entangle user inbox`?'],
    ['host opertor list', 'did you mean `entangle host operator list`?'],
    ['host audit hold remove case', 'did you mean `entangle host audit hold rm`?'],
    ['host secret delete x', 'did you mean `entangle host secret rm`?'],
    ['host operator ls', 'did you mean `entangle host operator list`?'],
    ['host secret frob x', 'use one of list, rm, set: see `entangle host secret`'],
  ])('%s: %s', async (line, hint) => {
    const done = await runHere(home, line.split(' '));
    expect(done.code).toBe(64);
    expect(done.stderr).toContain(`hint: ${hint}\n`);
  });
});

test('who made the key of an operator is told what an admin types', async () => {
  const made = await runHere(home, [
    'host',
    'operator',
    'keygen',
    join(here.root, 'op.key'),
    '--keys',
    'file',
  ]);
  expect(made.stdout).toMatch(/ entangle host operator add NAME --role ROLE --npub npub1[a-z0-9]{58}\n/);
});

test('log is of HEAD, as with git; a repository that is not there is no fault of ours', async () => {
  const asked = await runHere(home, ['log', '--repo', here.root]);
  expect(asked).toMatchObject({ code: 6, stderr: expect.stringContaining('no git repository') });
  for (const words of [['log'], ['verify', 'HEAD']]) {
    const gone = await runHere(home, [...words, '--repo', here.home('not-there')]);
    expect(gone).toMatchObject({ code: 6, stderr: expect.stringContaining('error: no directory ') });
  }
});

test('what named a home is typed again: in what comes next, and in hints', async () => {
  const other = here.home('several');
  const acme = (...words: string[]) => runHere(other, ['host', ...words, '--host', 'acme']);
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const made = await acme('init', '--graph', 'acme', '--relay', relay, '--keys', 'file');
  expect(made.stdout).toMatch(/\nNext:\n {2}entangle host serve --host acme --home \S+several\S*\n$/);
  const asked = await acme('status', '--json');
  expect(JSON.parse(asked.stdout).error.hint).toContain(
    `\`entangle host serve --host acme --home ${other}\``,
  );
  const unnamed = await runHere(other, ['host', 'status']);
  expect(unnamed).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('hint: name the one that is meant: --host acme\n'),
  });
});

describe('a passphrase of a new key', () => {
  const init = (name: string) => ['user', 'init', '--keys', 'encrypted', '--user', name];
  test('in a file that is not there: exit 6; of fewer than 12 characters: exit 64, and no key', async () => {
    const missing = await runHere(home, [...init('a'), '--passphrase-file', join(home, 'nope')]);
    expect(missing).toMatchObject({ code: 6, stderr: `error: no such file: ${join(home, 'nope')}\n` });
    const short = await runHere(home, [
      ...init('a'),
      '--passphrase-file',
      here.file('short', 'elevenchars\n'),
    ]);
    expect(short).toMatchObject({ code: 64, stderr: expect.stringContaining('at least 12 characters') });
    const long = await runHere(home, [
      ...init('a'),
      '--passphrase-file',
      here.file('long', 'twelve chars\n'),
    ]);
    expect(long.code).toBe(0);
  });
  test.each([
    ['twelve chars', 'twelve chars', 0, 'npub1'],
    ['twelve chars', 'twelve charz', 64, 'the two passphrases differ'],
  ])('typed as %j and as %j', async (first, second, wanted, words) => {
    if (!hasTerminal()) return;
    const command = [...SELF, ...init(`t${wanted}`), '--home', home];
    const { code, screen } = await inTerminal(command, { ...environment(home), TERM: 'xterm' }, [
      { asked: 'Passphrase for key "user": ', answer: `${first}\r` },
      { asked: 'The same again: ', answer: `${second}\r` },
    ]);
    expect([code, screen.includes(words), screen.includes('twelve')]).toEqual([wanted, true, false]);
  });
});

describe('a passphrase that is remembered', () => {
  const of = (...args: string[]) => [...args, '--user', 'a', '--no-input', '--json'];
  const unlock = (...args: string[]) => runHere(home, of('user', 'key', 'unlock', ...args));
  const verify = () =>
    run(home, of('user', 'key', 'export', join(home, 'x'), '--backup-passphrase-file', here.file('w', 'y')));
  const error = ({ code, stdout }: { code: number | null; stdout: string }) => [
    code,
    JSON.parse(stdout).error.message,
  ];
  const ASKED = [64, 'key "user" needs a passphrase'];
  test('is asked for by no command until it is forgotten, and is one that opens the key', async () => {
    const long = here.file('long', 'twelve chars\n');
    expect(error(await verify())).toEqual(ASKED);
    const wrong = await unlock('--passphrase-file', here.file('other', 'other chars!\n'));
    expect(error(wrong)[0]).toBe(8);
    expect(error(await verify())).toEqual(ASKED);
    const before = Date.now();
    const { code, stdout } = await unlock('--passphrase-file', long, '--for', '1h');
    const { until } = JSON.parse(stdout);
    expect([code, Date.parse(until) >= before + 3_599_000]).toEqual([0, true]);
    // The key was opened: what is wrong is the passphrase of the backup
    expect(error(await verify())[1]).toContain('at least 12 characters');
    const lock = () => runHere(home, of('user', 'key', 'lock'));
    expect(JSON.parse((await lock()).stdout)).toEqual({ user: 'a', wasUnlocked: true });
    expect(error(await verify())).toEqual(ASKED);
    expect(JSON.parse((await lock()).stdout)).toEqual({ user: 'a', wasUnlocked: false });
  });
  test('is not taken from the command line, nor repeated where it stands there', async () => {
    const { code, stdout, stderr } = await unlock('twelve', 'chars');
    expect(code).toBe(64);
    expect(stdout + stderr).not.toMatch(/twelve|chars/);
  });
  test('is asked for at most half a day, and of an encrypted key alone', async () => {
    expect(error(await unlock('--for', '13h'))[0]).toBe(64);
    await runHere(home, ['user', 'init', '--keys', 'file', '--user', 'plain']);
    const plain = await runHere(home, ['user', 'key', 'unlock', '--user', 'plain', '--json']);
    expect(error(plain)).toEqual([4, 'the key of plain is kept in file: no passphrase is asked for it']);
  });
});

test('a key goes out of an encrypted store under a passphrase that is typed, and comes in from stdin', async () => {
  if (!hasTerminal()) return;
  const long = here.file('long', 'twelve chars\n');
  const file = join(home, 'a.ncryptsec');
  // What is piped is the backup alone: what is said of it stays on the terminal
  const exporting = [...SELF, 'user', 'key', 'export', '-', '--user', 'a', '--home', home];
  const command = ['sh', '-c', 'out=$1; shift; exec "$@" > "$out"', 'sh', file, ...exporting];
  const own = ['--passphrase-file', long];
  const env = { ...environment(home), TERM: 'xterm' };
  const { code, screen } = await inTerminal([...command, ...own], env, [
    { asked: 'Passphrase for the backup: ', answer: 'other words than those\r' },
    { asked: 'The same again: ', answer: 'other words than those\r' },
  ]);
  const piped = readFileSync(file, 'utf8');
  expect([code, screen.includes('npub1'), screen.includes('other words')]).toEqual([0, true, false]);
  expect(piped).toMatch(/^ncryptsec1\S+\n$/);
  expect(existsSync('-')).toBe(false);
  const words = here.file('words', 'other words than those\n');
  const importing = ['user', 'key', 'import', '-', '--keys', 'encrypted', '--user', 'b', '--json'];
  const imported = await run(home, [...importing, ...own, '--backup-passphrase-file', words], piped);
  const { npub } = JSON.parse(imported.stdout) as { npub: string };
  expect([imported.code, screen.includes(npub)]).toEqual([0, true]);
  // What the store itself has is a backup as well, and takes less to open
  const [stored] = globSync('user/a/**/*.ncryptsec', { cwd: home });
  const verifying = ['user', 'key', 'export', '-', '--verify', '--user', 'b', ...own];
  const kept = readFileSync(join(home, stored!), 'utf8');
  expect(await run(home, [...verifying, '--backup-passphrase-file', long], kept)).toMatchObject({
    ...{ code: 0, stdout: expect.stringContaining('It opens') },
  });
  const wrong = here.file('wrong', 'wrong horse battery\n');
  const guessing = ['user', 'key', 'import', join(home, stored!), '--keys', 'file', '--user', 'd'];
  const guessed = await runHere(home, [...guessing, '--backup-passphrase-file', wrong]);
  expect([guessed.code, guessed.stdout]).toEqual([8, '']);
  const again = ['user', 'key', 'export', join(home, 'none'), '--user', 'plain', '--no-input'];
  const asks = { code: 64, stderr: expect.stringContaining('use --backup-passphrase-file FILE') };
  expect(await runHere(home, again)).toMatchObject(asks);
});

test('man prints the page of a command, which the package has as a file too; of an unknown one: exit 6', async () => {
  const { code, stdout } = await runHere(home, ['man', 'host', 'operator', 'add']);
  expect(code).toBe(0);
  const file = join(BIN, '../../dist/man/entangle-host-operator-add.1');
  expect(stdout).toBe(readFileSync(file, 'utf8'));
  expect(stdout).toMatch(/^\.TH "ENTANGLE\\-HOST\\-OPERATOR\\-ADD" "1"/);
  expect((await runHere(home, ['man', 'host', 'operator'])).code).toBe(6);
});
