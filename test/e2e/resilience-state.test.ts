/** What a home finds of itself at its next start: a projection that is damaged, too new, or of another history (T97). */
import { copyFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { json, run, tempHomes } from '../support/cli.ts';
import {
  commitsOf,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});

const works = async (one: ProcessFederation): Promise<void> => {
  const session = await one.ask('echo works >> a.txt');
  await json(one.homes.user, ['user', 'wait', session, '--timeout', '60s']);
  expect(resultsOf(one, session)).toEqual(['completed']);
  expect(commitsOf(one, session)).toBe(1);
};
const told = (one: ProcessFederation, part: 'host' | 'runner'): string => one.serving(part).log.join('\n');

const rebuilding = (reason: string): string => `rebuilding the projection from the ledger: ${reason}`;

describe('a projection file', () => {
  test('of no bytes, of garbage or cut off is thrown away, told and made again', async () => {
    fed = await startProcesses(tempHomes());
    await works(fed);
    for (const part of ['host', 'runner'] as const) await fed.stop(part);
    writeFileSync(join(fed.homes.host, 'host', 'projection.sqlite'), '');
    writeFileSync(
      join(fed.homes.runner, 'runner', 'default', 'projection.sqlite'),
      'no database'.repeat(100),
    );
    truncateSync(join(fed.homes.user, 'user', 'default', 'projection.sqlite'), 4096);
    await fed.start('host');
    await fed.start('runner');
    expect(told(fed, 'host')).toContain(rebuilding('the file is empty'));
    expect(told(fed, 'runner')).toContain(rebuilding('the file is damaged'));
    const inbox = await run(fed.homes.user, ['user', 'inbox']);
    expect(inbox.stderr).toContain(rebuilding('the file is damaged'));
    await works(fed);
  }, 120_000);

  test('that is ahead of its ledger, or of another one as long, is made again too', async () => {
    fed = await startProcesses(tempHomes());
    await works(fed);
    const home = join(fed.homes.host, 'host');
    const [ledger, projection] = [join(home, 'ledger'), join(home, 'projection.sqlite')];
    const [before, other] = [fed.here.home('before'), fed.here.home('other.sqlite')];
    // Nobody hears of these boots: what they wrote may be taken back as if the disk had lost it
    await fed.stop('host');
    await fed.stop('relay');
    cpSync(ledger, before, { recursive: true });
    await fed.start('host');
    await fed.stop('host');
    copyFileSync(projection, other);
    rmSync(ledger, { recursive: true });
    cpSync(before, ledger, { recursive: true });
    const reason = 'it was folded from other lines than the ledger has';
    await fed.start('host');
    expect(told(fed, 'host')).toContain(reason);
    await fed.stop('host');
    copyFileSync(other, projection);
    await fed.start('relay');
    await fed.start('host');
    expect(told(fed, 'host')).toContain(reason);
    await works(fed);
  }, 120_000);
});

describe('a ledger', () => {
  test('with a torn last line goes on without it; with damage before it the process says where and exits 8', async () => {
    fed = await startProcesses(tempHomes());
    await works(fed);
    await fed.stop('runner', 'SIGKILL');
    const segment = join(fed.homes.runner, 'runner', 'default', 'ledger', '000001.ndjson');
    const whole = readFileSync(segment);
    writeFileSync(segment, Buffer.concat([whole, Buffer.from('{"n":999,"at":"2026-')]));
    await fed.start('runner');
    expect(told(fed, 'runner')).toContain(
      `removed an incomplete last line of ${segment} at byte ${whole.length}`,
    );
    await works(fed);
    await fed.stop('runner');
    const damaged = readFileSync(segment);
    const second = damaged.indexOf(10) + 1;
    damaged[second + 40] = damaged[second + 40]! ^ 1;
    writeFileSync(segment, damaged);
    const answer = await run(fed.homes.runner, ['runner', 'serve']);
    expect(answer.code).toBe(8);
    expect(answer.stderr).toContain(`${segment} is damaged at byte ${second}`);
    expect(readFileSync(segment)).toEqual(damaged);
  }, 120_000);
});

describe('T98 one serving process a home', () => {
  test('a second one refuses without waiting and names the owner, also while that is stopped', async () => {
    fed = await startProcesses(tempHomes());
    for (const part of ['host', 'runner'] as const) {
      const { child } = fed.serving(part);
      child.kill('SIGSTOP');
      const second = await run(fed.homes[part], [part, 'serve']);
      child.kill('SIGCONT');
      expect(second.code).toBe(4);
      expect(second.stderr).toContain(`entangle ${part} serve`);
      expect(second.stderr).toContain(`pid ${child.pid}`);
    }
    await works(fed);
  }, 120_000);
});
