/** What a requester is told of where things are: enough to find them, and nothing of the machine above the home. */
import { expect, test } from 'vitest';
import { startSingleRunner } from '../../../test/sim/single-runner.ts';
import { fromUtf8, utf8 } from '../../core/encoding/bytes.ts';
import type { Repository } from '../../ports/index.ts';
import { bytesWithoutPaths, forRequester, keptWork } from './kept-work.ts';

const HOME = '/home/ann/entangle';
const runnerIn = async (directory: string) => ({ ...(await startSingleRunner()).runner, directory });

test('kept work is named by its place in the home', async () => {
  const directory = `${HOME}/runners/r1`;
  const repository: Repository = {
    url: 'file:///remote',
    store: `${directory}/git/5a`,
    principal: { name: 'entangle', email: 'entangle@entangle.invalid' },
    protocols: ['file'],
    runsHooks: false,
  };
  expect(keptWork(await runnerIn(directory), repository, 'c0ffee')).toBe(
    'what the turn made is kept as commit c0ffee in the store runners/r1/git/5a of runner "r1": ' +
      'in its home `git --git-dir runners/r1/git/5a show c0ffee` reads it',
  );
});

test('the directory that the home lies in is left out of what an engine said, wherever it stands', async () => {
  const runner = await runnerIn(`${HOME}/runners/r1`);
  const said = `cannot move ${HOME}/runners/r1/a to ${HOME}/runners/r1/b`;
  expect(forRequester(runner, said)).toBe('cannot move …/runners/r1/a to …/runners/r1/b');
  expect(forRequester(await runnerIn('/r1'), said)).toBe(said);
});

test('so is where fenced turns lie, which may be outside of the home', async () => {
  const runner = { ...(await runnerIn(`${HOME}/runners/r1`)), turnsDirectory: () => '/var/tmp/turns/ab' };
  const said = `cannot write /var/tmp/turns/ab/s-1/a nor ${HOME}/b`;
  expect(forRequester(runner, said)).toBe('cannot write …/s-1/a nor …/b');
  expect(fromUtf8(bytesWithoutPaths(runner, utf8(said)))).toBe('cannot write …/s-1/a nor …/b');
});

test('the end of a long text is told, and what follows it whole', async () => {
  const told = forRequester(await runnerIn('/r1'), `${'a'.repeat(2000)}the end`, ['kept', 'there']);
  expect(told).toMatch(/^a+the end\nkept\nthere$/);
  expect(told).toHaveLength(1500);
});
