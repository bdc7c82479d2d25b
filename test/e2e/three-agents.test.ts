/** `examples/three-agents`: one command brings it up, and its programs do what its README says. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { upHome } from '../../src/cli/kit/repository-home.ts';
import { approveById, environment, json, OWN_ARGS, PROGRAM, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';

const here = tempHomes();
const me = here.home('me');
const repository = here.home('three');
const entangle = join(here.root, 'entangle');
let stop: () => Promise<unknown> = async () => null;
afterAll(async () => {
  await stop();
  await here.clean();
});

type Item = { what: string; id: string; kind?: string; node: string; state: string; title: string };

test('planner, builder and reviewer do one task; the person answers, approves, and it is published', async () => {
  mkdirSync(me, { recursive: true });
  writeFileSync(
    entangle,
    `#!/bin/sh\nexec ${[PROGRAM, ...OWN_ARGS].map((word) => `'${word}'`).join(' ')} "$@"\n`,
  );
  chmodSync(entangle, 0o755);
  const env = { ...environment(me), ENTANGLE: entangle };
  const example = spawn('sh', [resolve('examples/three-agents/run.sh'), repository], {
    ...{ env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  const ended = new Promise((done) => example.on('close', done));
  stop = async () => {
    if (example.exitCode === null) process.kill(-example.pid!, 'SIGINT');
    await ended;
  };
  const lines: string[] = [];
  createInterface({ input: example.stdout! }).on('line', (line) => lines.push(line));
  await until('ready', async () => lines.some((line) => line.startsWith('ready: ')));
  const home = upHome(join(me, '.local/share/entangle'), repository);
  const { session } = await json<{ session: string }>(home, [
    'user',
    'ask',
    'planner',
    'cats "purr"; and sleep a lot',
  ]);
  const waiting = (what: string) =>
    until(`a ${what}`, async () => {
      const { items } = await json<{ items: Item[] }>(home, ['user', 'inbox']);
      return items.find((one) => one.what === what && ['open', 'pending'].includes(one.state));
    });
  const escalation = await waiting('question');
  expect(escalation).toMatchObject({ kind: 'escalation', node: 'reviewer' });
  const shown = await json<{ text: string; path: string[] }>(home, ['user', 'show', escalation.id]);
  expect(shown.text).toContain('let it pass: +cats "purr"; and sleep a lot');
  expect(shown.path).toEqual(['you', 'planner', 'builder', 'reviewer']);
  await json(home, ['user', 'reply', escalation.id, 'yes']);
  const approval = await waiting('approval');
  expect(approval.node).toBe('builder');
  await approveById(home, approval.id);
  const done = await json<{ state: string }>(home, ['user', 'wait', session, '--timeout', '60s']);
  expect(done.state).toBe('completed');
  const branches = plainGit(repository, 'for-each-ref', '--format=%(refname)', 'refs/heads/entangle').split(
    '\n',
  );
  expect(branches.map((branch) => plainGit(repository, 'show', `${branch}:NOTES.md`))).toEqual([
    'cats "purr"; and sleep a lot',
  ]);
});
