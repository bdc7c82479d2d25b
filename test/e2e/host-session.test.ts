/** Sessions that an operator looks at and ends, over all processes, and what whoever asked for them is told. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, run, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';

const here = tempHomes();
let fed: CustomFederation;

beforeAll(async () => {
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { builder: { approval: { 'source.publish': { by: ['alice'] } } } },
    edges: ['alice delegates_to builder', 'alice approves builder'],
  });
}, 180_000);
afterAll(() => fed.close());

type Listed = { items: { id: string; node: string; state: string; held: boolean; cancel: unknown }[] };
type Viewed = Listed['items'][number] & {
  reason: string;
  attempts: { runner: string; fence: number; told: { acked: boolean } | null }[];
  approvals: { state: string }[];
};
const operator = () => fed.homes.host!;
const session = (...args: string[]) => ['host', 'session', ...args];
const show = (id: string) => json<Viewed>(operator(), session('show', id));
const told = async (home: string, args: readonly string[]) => {
  const { code, stdout, stderr } = await run(home, args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};
/** The pid of a turn that does not end by itself, once it runs. */
const endless = async () => {
  const file = join(here.root, `pid-${Math.random()}`);
  const asking = run(fed.homes.alice!, [
    ...['user', 'ask', 'builder', `echo $$ >> ${file}; exec sleep 1000`],
    ...['--wait', '--timeout', '5m'],
  ]);
  const pid = await until('its turn', async () => existsSync(file) && readFileSync(file, 'utf8').trim());
  return { file, asking, pid: Number(pid.split('\n').at(-1)) };
};
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

test('is listed and shown, ends when an operator says so, and who asked is told that it was the Host, and why', async () => {
  const { asking, pid } = await endless();
  const { items } = await json<Listed>(operator(), session('list', '--open', '--node', 'builder'));
  expect(items).toMatchObject([{ node: 'builder', state: 'active', held: true, cancel: null }]);
  const { id } = items[0]!;
  const short = id.slice(-8);
  expect(await told(operator(), session('list'))).toMatch(
    new RegExp(`^ID .*\\n${short} +builder +alice +active +1 +\\d+ s ago +–\\n$`),
  );
  expect(await told(operator(), session('show', short))).toMatch(/runs {6}r1\n(?:.|\n)*\n1 +r1 +1 +active/);

  const asked = await run(operator(), session('cancel', short, '--no-input'));
  expect([asked.code, asked.stderr]).toEqual([64, expect.stringContaining('confirm with --yes')]);
  const why = ['--reason', 'the machine\n is needed', '--yes'];
  expect(await told(operator(), session('cancel', short, ...why, '--wait', '60s'))).toBe(
    `session ${id} is cancelled: cancelled_by_host\n`,
  );
  const { code, stderr } = await asking;
  expect([code, stderr]).toEqual([
    5,
    expect.stringMatching(
      /cancelled: cancelled_by_host \(cancelled by the Host: the machine\n +is needed\)\n$/,
    ),
  ]);
  expect(isAlive(pid)).toBe(false);
  const shown = await told(fed.homes.alice!, ['user', 'show', id]);
  expect(shown).toMatch(/cancelled(?:.|\n)*cancelled_by_host(?:.|\n)*cancelled by the Host: the machine/);
  expect(await told(fed.homes.alice!, ['user', 'trace', id])).toContain('cancelled_by_host');

  expect(await show(id)).toMatchObject({
    ...{ state: 'cancelled', reason: 'cancelled_by_host', held: false, cancel: { by: 'bootstrap' } },
    attempts: [{ runner: 'r1', fence: 1, told: { acked: true } }],
  });
  expect(await told(operator(), ['host', 'audit', 'tail'])).toContain(`end session ${id}`);
  const again = await run(operator(), session('cancel', id, '--yes'));
  expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('is over already: cancelled')]);
  const none = await run(operator(), session('cancel', 'abcdef01', '--yes'));
  expect([none.code, none.stderr]).toEqual([6, expect.stringContaining('was told of no session')]);
});

test('ends with its open question taken back', async () => {
  const id = await fed.ask('alice', 'builder', 'echo b > b.txt');
  const { approvals } = await fed.waited('alice', id, 'approval');
  await json(operator(), session('cancel', id, '--yes', '--wait', '60s'));
  expect((await show(id)).approvals).toMatchObject([{ state: 'withdrawn' }]);
  const late = await run(fed.homes.alice!, ['user', 'approve', approvals[0]!.id, '--yes']);
  expect(late.code).not.toBe(0);
  expect(fed.head('builder', id)).toBe('');
});

test('ends though its runner and the Host were killed meanwhile, and its turn does not run again', async () => {
  const { file, asking, pid } = await endless();
  const { items } = await json<Listed>(operator(), session('list', '--open'));
  const { id } = items[0]!;
  await fed.serving('runner').kill('SIGKILL');
  const asked = await json<Viewed>(operator(), session('cancel', id, '--yes'));
  expect(asked).toMatchObject({ id, state: 'active', cancel: { by: 'bootstrap', reason: null } });
  await fed.serving('host').kill('SIGKILL');
  await fed.start('host');
  const inVain = await run(operator(), session('cancel', id, '--yes', '--wait', '1s'));
  expect([inVain.code, inVain.stderr]).toEqual([
    4,
    expect.stringContaining('operator "bootstrap" wants session'),
  ]);
  expect((await show(id)).state).toBe('active');
  await fed.start('runner');
  expect((await asking).code).toBe(5);
  await until('its end', async () => (await show(id)).state === 'cancelled');
  expect(readFileSync(file, 'utf8')).toBe(`${pid}\n`);
  await until('what was left of its turn to be gone', async () => !isAlive(pid));
});
