/** A runner that is stopped beyond its lease (`kill -STOP`): its node goes elsewhere, and what it does when it goes on counts for nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { json, run, tempHomes } from '../support/cli.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { approveAs, inboxAs, waitAs } from '../support/own-user.ts';
import {
  commitsOf,
  ledgerOf,
  type ProcessFederation,
  resultsOf,
  startProcesses,
  tagOf,
} from '../support/process-federation.ts';

let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});
type Asked = { what: string; id: string; session: string };
const approvalOf = (one: ProcessFederation, session: string, not: readonly string[] = []): Promise<Asked> =>
  inboxAs<Asked>(
    one.homes.user,
    (item) => item.what === 'approval' && item.session === session && !not.includes(item.id),
  );
/** Another machine, which is trusted and live. */
const addRunner = async ({ here, homes }: ProcessFederation, name: string): Promise<void> => {
  const home = here.home(name);
  const { stdout: invite } = await run(homes.host, ['host', 'invite', 'runner', '--name', name]);
  await json(home, ['runner', 'init', '--keys', 'file', '--sandbox', 'none', '--git-protocol', 'file']);
  await json(home, ['runner', 'join', here.file(`${name}-invite`, invite)]);
  await json(homes.host, ['host', 'runner', 'trust', name, '--yes']);
  await here.start(home, ['runner', 'serve']);
};
type Runners = { items: { name: string; liveness: string }[] };
const livenessOf = async ({ homes }: ProcessFederation, name: string) =>
  (await json<Runners>(homes.host, ['host', 'runner', 'list'])).items.find((one) => one.name === name)
    ?.liveness;

test('stopped with an approval open and a turn under way, it pushes nothing of what others do meanwhile', async () => {
  fed = await startProcesses(tempHomes(), { approval: true });
  const { homes, here, fixture } = fed;
  await addRunner(fed, 'r2');
  await expect.poll(() => livenessOf(fed!, 'r2'), { timeout: 60_000 }).toBe('live');
  const runs = here.file('runs', '');
  const waiting = await fed.ask(`echo a >> ${runs}; grep -c a ${runs} > a-times`);
  const first = await approvalOf(fed, waiting);
  const turning = await fed.ask(
    `echo b >> ${runs}; [ $(grep -c b ${runs}) = 2 ] || sleep 5; grep -c b ${runs} > b-times`,
  );
  await expect.poll(() => readFileSync(runs, 'utf8'), { timeout: 60_000 }).toBe('a\nb\n');

  const { child } = fed.serving('runner');
  child.kill('SIGSTOP');
  // What it was asked for is signed, and lies at the relay when it goes on
  await approveAs(homes.user, first.id);
  const second = await approvalOf(fed, waiting, [first.id]);
  const other = await approvalOf(fed, turning);
  expect(await livenessOf(fed, 'r1')).not.toBe('live');
  const { items } = await json<{
    items: { runner: string; state: string; reason: string | null; fence: number }[];
  }>(homes.host, ['host', 'assignment', 'list']);
  expect(items.map(({ runner, state, reason, fence }) => [runner, state, reason, fence])).toEqual([
    ['r1', 'expired', 'runner_silent', 1],
    ['r2', 'active', null, 2],
  ]);

  child.kill('SIGCONT');
  const heard = () =>
    ledgerOf(join(homes.runner, 'runner', 'default')).filter(
      (line) => tagOf(line, 'type') === 'assignment.revoke',
    );
  await expect.poll(() => heard().length, { timeout: 60_000 }).toBe(1);
  await expect.poll(() => livenessOf(fed!, 'r1'), { timeout: 60_000 }).toBe('live');
  expect(plainGit(fixture.remote, 'branch', '--list')).toBe('* main');

  for (const { id } of [second, other]) await approveAs(homes.user, id);
  for (const [session, file] of [
    [waiting, 'a-times'],
    [turning, 'b-times'],
  ] as const) {
    expect((await waitAs(homes.user, session)).state).toBe('completed');
    expect([resultsOf(fed, session), commitsOf(fed, session)]).toEqual([['completed'], 1]);
    expect(plainGit(fixture.remote, 'show', `refs/heads/entangle/builder/${session}:${file}`)).toBe('2');
  }
  // Long after it is back: it was told, and says nothing more of them
  expect(await livenessOf(fed, 'r1')).toBe('live');
  expect(readFileSync(runs, 'utf8').split('\n').sort().join('')).toBe('aabb');
});
