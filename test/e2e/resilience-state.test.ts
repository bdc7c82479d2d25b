/**
 * What real processes find of themselves at their next start: read models and ledgers as a crash leaves them (each kind
 * of damage is in `test/contract/damaged-home.test.ts`), another owner, a backup of themselves elsewhere. One federation goes
 * through it all, and works after.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restoreHost } from '../../src/cli/host/backup.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { times } from '../support/counts.ts';
import { dice, killedWhen } from '../support/killing.ts';
import { runHere } from '../support/own-command.ts';
import { approveAs, waitAs } from '../support/own-user.ts';
import {
  commitsOf,
  lostAfterAck,
  type ProcessFederation,
  resultsHeard,
  startProcesses,
} from '../support/process-federation.ts';

let fed: ProcessFederation;
beforeAll(async () => {
  fed = await startProcesses(tempHomes(), { approval: true });
});
afterAll(() => fed?.close());

const works = async (one: ProcessFederation): Promise<void> => {
  const session = await one.ask('echo works >> a.txt');
  const { approvals } = await waitAs(one.homes.user, session, 'approval');
  await approveAs(one.homes.user, approvals[0]!.id);
  await waitAs(one.homes.user, session);
  expect(await resultsHeard(one, session)).toEqual(['completed']);
  expect(commitsOf(one, session)).toBe(1);
};
const FILES = { keys: 'file', 'passphrase-file': undefined, 'no-input': true } as const;
const told = (one: ProcessFederation, part: 'host' | 'runner'): string => one.serving(part).log.join('\n');

const rebuilding = (reason: string): string => `rebuilding the projection from the ledger: ${reason}`;

test('T98 one serving process a home: a second one refuses without waiting and names the owner, also while that is stopped; all works', async () => {
  for (const part of ['host', 'runner'] as const) {
    const { child } = fed.serving(part);
    child.kill('SIGSTOP');
    const started = performance.now();
    const second = await run(fed.homes[part], [part, 'serve']);
    expect(performance.now() - started).toBeLessThan(60_000);
    child.kill('SIGCONT');
    expect(second.code).toBe(4);
    expect(second.stderr).toContain(`entangle ${part} serve`);
    expect(second.stderr).toContain(`pid ${child.pid}`);
  }
  await works(fed);
});

test('what a crash left of three homes is told at their start, damage before the end of a ledger stops its process with exit 8, and a federation of them works', async () => {
  for (const part of ['host', 'runner'] as const) await fed.stop(part, 'SIGKILL');
  const segment = join(fed.homes.runner, 'runner', 'default', 'ledger', '000001.ndjson');
  const sound = readFileSync(segment);
  const damaged = Buffer.from(sound);
  const second = damaged.indexOf(10) + 1;
  damaged[second + 40] = damaged[second + 40]! ^ 1;
  writeFileSync(segment, damaged);
  const answer = await run(fed.homes.runner, ['runner', 'serve']);
  expect(answer.code).toBe(8);
  expect(answer.stderr).toContain(`${segment} is damaged at byte ${second}`);
  expect(readFileSync(segment)).toEqual(damaged);
  writeFileSync(segment, `${sound}{"n":999,"at":"2026-`);
  writeFileSync(join(fed.homes.host, 'host', 'default', 'projection.sqlite'), '');
  truncateSync(join(fed.homes.user, 'user', 'default', 'projection.sqlite'), 4096);
  await fed.start('host');
  await fed.start('runner');
  expect(told(fed, 'host')).toContain(rebuilding('the file is empty'));
  expect(told(fed, 'runner')).toContain(
    `removed an incomplete last line of ${segment} at byte ${sound.length}`,
  );
  const inbox = await run(fed.homes.user, ['user', 'inbox']);
  expect(inbox.stderr).toContain(rebuilding('the file is damaged'));
  await works(fed);
  expect(lostAfterAck(fed)).toEqual([]);
});

test('T40 a copy of the Host’s home serves only where it takes over', async () => {
  const copy = fed.here.home('copy');
  cpSync(fed.homes.host, copy, {
    recursive: true,
    filter: (path) => !path.endsWith('.sock') && !path.endsWith('lock'),
  });
  const refused = await run(copy, ['host', 'serve']);
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('copied, moved or restored')]);
});

test('backed up while tasks run, restored in another home, which takes over: each task ends once, and the Host stops with exit 4 for good', async () => {
  const { here, homes } = fed;
  const sessions: string[] = [];
  for (let n = 0; n < times(1, 50); n++) sessions.push(await fed.ask(`echo ${n} >> a.txt`));
  const words = ['--backup-passphrase-file', here.file('words', 'correct horse battery\n')];
  const file = join(here.root, 'host.backup');
  const made = await json<{ file: string; bytes: number }>(homes.host, ['host', 'backup', file, ...words]);
  expect(made).toMatchObject({ file, bytes: statSync(file).size });

  const other = here.home('other');
  const restore = (from: string) => ['host', 'restore', from, '--keys', 'file', ...words];
  const restoredHere = (home: string, from: string) =>
    restoreHost(
      resolveHome(home, {}, home),
      from,
      { ...FILES, 'backup-passphrase-file': words[1] },
      () => {},
    );
  const damaged = readFileSync(file);
  damaged[damaged.length - 100]! ^= 1;
  writeFileSync(join(here.root, 'damaged'), damaged);
  expect((await runHere(other, restore(join(here.root, 'damaged')))).code).toBe(8);
  expect(readdirSync(join(other, 'host'))).toEqual([]);
  const restored = await json<{ lines: number }>(other, restore(file));
  expect(restored).toMatchObject({
    directory: join(other, 'host', 'default'),
    next: [`entangle host serve --take-over --home ${other}`],
  });
  expect(existsSync(join(other, 'host', 'default', 'recovery.key'))).toBe(false);
  const anew = await runHere(other, restore(file));
  expect([anew.code, anew.stderr]).toEqual([4, expect.stringContaining('is not empty')]);

  // A kill at any moment leaves nothing under its name, or all of it
  const random = dice(7);
  for (let n = 0; n < times(1, 40); n++) {
    const home = here.home(`killed-${n}`);
    mkdirSync(home, { mode: 0o700 });
    const hasBegun = () => readdirSync(home).length > 0;
    await killedWhen(home, restore(file), hasBegun, n === 0 ? 0 : random() * 3000);
    const { lines } = existsSync(join(home, 'host', 'default'))
      ? await json<{ lines: number }>(home, ['host', 'audit', 'verify'])
      : await restoredHere(home, file);
    expect(lines).toBe(restored.lines);
    expect((await run(home, ['host', 'serve'])).code).toBe(4);
    expect(readdirSync(home)).toEqual(['host']);
  }

  // Not beside the one that it comes from, unless somebody says so
  const refused = await run(other, ['host', 'serve']);
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('copied, moved or restored')]);
  const { child } = fed.serving('host');
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await here.start(other, ['host', 'serve', '--take-over']);
  expect(await ended).toBe(4);
  const again = await run(homes.host, ['host', 'serve']);
  expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('runs elsewhere too')]);
  const doctor = await run(homes.host, ['doctor']);
  expect(doctor.stdout).toMatch(/problem +host default epoch +this Host runs elsewhere too/);

  for (const session of sessions) {
    const { approvals } = await waitAs(homes.user, session, 'approval');
    await approveAs(homes.user, approvals[0]!.id);
    await waitAs(homes.user, session);
    expect([await resultsHeard(fed, session), commitsOf(fed, session)]).toEqual([['completed'], 1]);
  }
  const { lines } = await json<{ lines: number }>(other, ['host', 'audit', 'verify']);
  expect(lines).toBeGreaterThan(restored.lines);
});
