/** Another key signs for a Host of real processes, over the relay that is its own: twice, with kills, and after a theft. */
import { spawn } from 'node:child_process';
import { cpSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environment, json, OWN_ARGS, PROGRAM, run, tempHomes } from '../support/cli.ts';
import { times } from '../support/counts.ts';
import { dice } from '../support/killing.ts';
import {
  commitsOf,
  lostAfterAck,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

let fed: ProcessFederation;
beforeAll(async () => {
  fed = await startProcesses(tempHomes());
});
afterAll(() => fed?.close());

type Shown = { host: string; signs: string; epoch: number };
const shown = () => json<Shown>(fed.homes.host, ['host', 'authority', 'status']);
const works = async (session: string): Promise<void> => {
  await json(fed.homes.user, ['user', 'wait', session, '--timeout', '300s']);
  expect([resultsOf(fed, session), commitsOf(fed, session)]).toEqual([['completed'], 1]);
};
const rotate = ['host', 'authority', 'rotate', '--yes'];

test('rotated under load, killed at any moment and begun again: one key signs, each task ends once', async () => {
  const first = await shown();
  expect(first.signs).toBe(first.host);
  const refused = await run(fed.homes.host, rotate);
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('stop it first')]);
  const signers = [first.signs];
  const random = dice(11);
  for (let n = 0; n < times(2, 40); n++) {
    const session = await fed.ask(`sleep 1; echo ${n} >> a.txt`);
    await fed.stop('host', 'SIGKILL');
    await killedAfter(rotate, random() * 2_500);
    if (n % 2 === 1 || n > 20) await fed.start('host').then(() => fed.stop('host', 'SIGKILL'));
    if (n < 20) await json(fed.homes.host, rotate);
    await fed.start('host');
    await works(session);
    const { host, signs } = await shown();
    expect(host).toBe(first.host);
    if (n < 20) expect(signers).not.toContain(signs);
    signers.push(signs);
  }
  expect(lostAfterAck(fed)).toEqual([]);
  await json(fed.homes.host, ['host', 'audit', 'verify']);
});

test('a key that is gone from its store: nothing starts but by the recovery key, and members follow', async () => {
  const before = await shown();
  const recovery = join(fed.homes.host, 'host', 'default', 'recovery.key');
  await fed.stop('host');
  const keys = join(fed.homes.host, 'host', 'default', 'keys');
  renameSync(keys, `${keys}.lost`);
  for (const name of readdirSync(`${keys}.lost`))
    if (!/^host-/.test(name)) cpSync(join(`${keys}.lost`, name), join(keys, name));
  const lost = await run(fed.homes.host, ['host', 'serve']);
  expect([lost.code, lost.stderr]).toEqual([6, expect.stringContaining('host authority recover')]);
  const wrong = fed.here.file('wrong.key', `${'12'.repeat(32)}\n`);
  const by = (file: string) => ['host', 'authority', 'recover', '--recovery-key-file', file, '--yes'];
  expect((await run(fed.homes.host, by(wrong))).code).toBe(8);
  const made = await json<{ by: string; from: string; to: string }>(fed.homes.host, by(recovery));
  expect(made).toMatchObject({ by: 'recovery', from: before.signs });
  await fed.start('host');
  const after = await shown();
  expect([after.signs, after.host]).toEqual([made.to, before.host]);
  expect(after.epoch).toBeGreaterThan(before.epoch);
  await works(await fed.ask('echo recovered >> a.txt'));
});

/** `kill -9` so many milliseconds after it began; nothing where it ended before. */
const killedAfter = async (args: readonly string[], ms: number): Promise<void> => {
  const { host } = fed.homes;
  const child = spawn(PROGRAM, [...OWN_ARGS, ...args, '--no-input', '--home', host], {
    env: environment(host),
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.on('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  await gone;
  clearTimeout(timer);
};
