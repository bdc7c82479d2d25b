/** A Host is backed up while it serves and tasks wait, and goes on elsewhere out of that file: the one that it comes from stops. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, run, tempHomes } from '../support/cli.ts';
import { times } from '../support/counts.ts';
import { dice, killedWhen } from '../support/killing.ts';
import { approveAs, waitAs } from '../support/own-user.ts';
import {
  commitsOf,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

let fed: ProcessFederation;
beforeAll(async () => {
  fed = await startProcesses(tempHomes(), { approval: true });
});
afterAll(() => fed?.close());

test('backed up while tasks run, restored in another home, which takes over: each task ends once', async () => {
  const { here, homes } = fed;
  const sessions: string[] = [];
  for (let n = 0; n < times(2, 50); n++) sessions.push(await fed.ask(`echo ${n} >> a.txt`));
  const words = ['--backup-passphrase-file', here.file('words', 'correct horse battery\n')];
  const file = join(here.root, 'host.backup');
  const made = await json<{ file: string; bytes: number }>(homes.host, ['host', 'backup', file, ...words]);
  expect(made).toMatchObject({ file, bytes: statSync(file).size });
  expect((await run(homes.host, ['host', 'backup', file, ...words])).code).toBe(4);

  const other = here.home('other');
  const restore = (from: string) => ['host', 'restore', from, '--keys', 'file', ...words];
  const damaged = readFileSync(file);
  damaged[damaged.length - 100]! ^= 1;
  writeFileSync(join(here.root, 'damaged'), damaged);
  expect((await run(other, restore(join(here.root, 'damaged')))).code).toBe(8);
  expect(readdirSync(join(other, 'host'))).toEqual([]);
  const restored = await json<{ lines: number }>(other, restore(file));
  expect(restored).toMatchObject({
    directory: join(other, 'host', 'default'),
    next: [`entangle host serve --take-over --home ${other}`],
  });
  expect(existsSync(join(other, 'host', 'default', 'recovery.key'))).toBe(false);
  const again = await run(other, restore(file));
  expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('is not empty')]);

  // A kill at any moment leaves nothing under its name, or all of it
  const random = dice(7);
  for (let n = 0; n < times(1, 40); n++) {
    const home = here.home(`killed-${n}`);
    mkdirSync(home, { mode: 0o700 });
    const hasBegun = () => readdirSync(home).length > 0;
    await killedWhen(home, restore(file), hasBegun, n === 0 ? 0 : random() * 3000);
    if (!existsSync(join(home, 'host', 'default'))) await json(home, restore(file));
    expect((await json<{ lines: number }>(home, ['host', 'audit', 'verify'])).lines).toBe(restored.lines);
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
  expect((await run(homes.host, ['host', 'serve'])).code).toBe(4);

  for (const session of sessions) {
    const { approvals } = await waitAs(homes.user, session, 'approval');
    await approveAs(homes.user, approvals[0]!.id);
    await waitAs(homes.user, session);
    expect([resultsOf(fed, session), commitsOf(fed, session)]).toEqual([['completed'], 1]);
  }
  const { lines } = await json<{ lines: number }>(other, ['host', 'audit', 'verify']);
  expect(lines).toBeGreaterThan(restored.lines);
});
