/**
 * What real processes find of themselves at their next start: read models and ledgers as a crash leaves them (each kind
 * of damage is in `test/contract/damaged-home.test.ts`), another owner. One federation goes through it all, and works after.
 */
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, tempHomes } from '../support/cli.ts';
import { approveAs, waitAs } from '../support/own-user.ts';
import {
  commitsOf,
  lostAfterAck,
  type ProcessFederation,
  resultsOf,
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
  expect(resultsOf(one, session)).toEqual(['completed']);
  expect(commitsOf(one, session)).toBe(1);
};
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

test('T40 a copy of the Host’s home serves only where it takes over, and then the Host stops with exit 4 and stays so', async () => {
  const copy = fed.here.home('copy');
  cpSync(fed.homes.host, copy, {
    recursive: true,
    filter: (path) => !path.endsWith('.sock') && !path.endsWith('lock'),
  });
  const refused = await run(copy, ['host', 'serve']);
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('copied, moved or restored')]);
  const { child } = fed.serving('host');
  await fed.here.start(copy, ['host', 'serve', '--take-over']);
  const code = await new Promise<number | null>((resolve) => {
    if (child.exitCode === null) child.on('exit', resolve);
    else resolve(child.exitCode);
  });
  expect(code).toBe(4);
  const again = await run(fed.homes.host, ['host', 'serve']);
  expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('runs elsewhere too')]);
  const doctor = await run(fed.homes.host, ['doctor']);
  expect(doctor.stdout).toMatch(/problem +host default epoch +this Host runs elsewhere too/);
});
