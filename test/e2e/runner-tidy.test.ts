/** `runner tidy` over real homes: beside who serves and without, and never of a session that lives. */
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { TidiedRunner } from '../../src/cli/runner/tidy.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { approveAs, waitAs } from '../support/own-user.ts';
import { type ProcessFederation, startProcesses } from '../support/process-federation.ts';

let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});

const MIB = 1024 ** 2;

test('what is over goes and is counted; what lives, may be published or is in use stays', async () => {
  fed = await startProcesses(tempHomes(), { approval: true });
  const { homes } = fed;
  const [over, open] = [await fed.ask('true'), await fed.ask('echo b > a.txt')];
  await waitAs(homes.user, over);
  const { approvals } = await waitAs(homes.user, open, 'approval');
  const home = join(homes.runner, 'runner', 'default');
  const leave = (name: string): string => {
    const path = join(home, 'turns', name);
    mkdirSync(join(path, 'workspace'), { recursive: true });
    writeFileSync(join(path, 'workspace', 'large'), Buffer.alloc(MIB, 1));
    return path;
  };
  const places = {
    over: leave(`${over}-1`),
    agent: leave(`agent-${over}-1-1`),
    open: leave(`${open}-1`),
    foreign: leave('notes'),
  };
  const there = () => Object.entries(places).flatMap(([name, path]) => (existsSync(path) ? [name] : []));
  const tidy = (...more: string[]) => json<TidiedRunner>(homes.runner, ['runner', 'tidy', ...more]);
  const staysOf = ({ places: found }: TidiedRunner) =>
    Object.entries(places).map(([name, path]) => `${name} ${found.find((one) => one.path === path)?.stays}`);
  const store = join(home, 'git', readdirSync(join(home, 'git'))[0]!);

  // Beside the runner: a turn may still be ending, and the store is its own
  const beside = await tidy('--older-than', '0s');
  expect(beside).toMatchObject({ isServed: true, freed: 0, stores: [{ path: store, stays: 'served' }] });
  expect(staysOf(beside)).toEqual(['over recent', 'agent recent', 'open open', 'foreign unknown']);

  await fed.stop('runner');
  const dry = await tidy('--older-than', '0s', '--dry-run');
  expect(staysOf(dry)).toEqual(['over null', 'agent null', 'open open', 'foreign unknown']);
  expect(dry.freed).toBeGreaterThanOrEqual(2 * MIB);
  expect(there()).toEqual(['over', 'agent', 'open', 'foreign']);
  expect(staysOf(await tidy())).toContain('over recent');
  // Old as everything in it is said to be, it has a commit that waits for its approval
  for (const name of [...readdirSync(store, { recursive: true, encoding: 'utf8' }), '.'])
    utimesSync(join(store, name), 1_000, 1_000);
  const done = await tidy('--older-than', '0s');
  expect(done).toMatchObject({ isDryRun: false, isServed: false, stores: [{ isWhole: false }] });
  expect(done.freed).toBeGreaterThanOrEqual(2 * MIB);
  expect(there()).toEqual(['open', 'foreign']);
  const { stdout } = await run(homes.runner, ['runner', 'tidy', '--older-than', '0s']);
  expect(stdout).toContain('stays: its session goes on');

  // Nothing that it needs is missing: the commit is approved and published
  await fed.start('runner');
  await approveAs(homes.user, approvals[0]!.id);
  expect(await waitAs(homes.user, open)).toMatchObject({ state: 'completed' });
});
