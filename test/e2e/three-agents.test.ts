/** `examples/three-agents`: one command brings it up, and its programs do what its README says. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { upHome } from '../../src/cli/kit/repository-home.ts';
import { approveById, environment, json, OWN_ARGS, PROGRAM, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

type Item = { what: string; id: string; kind?: string; node: string; state: string; title: string };

/** The home of the person, once the one command says that all is ready. */
const bringUp = async (kind: string): Promise<{ home: string; repository: string }> => {
  const here = tempHomes();
  const me = here.home('me');
  const repository = here.home('three');
  const entangle = join(here.root, 'entangle');
  ends.push(() => here.clean());
  mkdirSync(me, { recursive: true });
  writeFileSync(
    entangle,
    `#!/bin/sh\nexec ${[PROGRAM, ...OWN_ARGS].map((word) => `'${word}'`).join(' ')} "$@"\n`,
  );
  chmodSync(entangle, 0o755);
  const env = { ...environment(me), ENTANGLE: entangle };
  const example = spawn('sh', [resolve('examples/three-agents/run.sh'), repository, kind], {
    ...{ env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  const ended = new Promise((done) => example.on('close', done));
  ends.push(async () => {
    if (example.exitCode === null) process.kill(-example.pid!, 'SIGINT');
    await ended;
  });
  const lines: string[] = [];
  createInterface({ input: example.stdout! }).on('line', (line) => lines.push(line));
  await until('ready', async () => lines.some((line) => line.startsWith('ready: ')));
  return { home: upHome(join(me, '.local/share/entangle'), repository), repository };
};
type Ended = { state: string; summary: string };

test.each(['exec', 'acp'])(
  '%s: planner, builder and reviewer do one task; the person answers, approves, and it is published',
  async (kind) => {
    const { home, repository } = await bringUp(kind);
    const applied = join(repository, '.git/three-agents.yaml');
    const file = readFileSync(applied, 'utf8');
    expect(file.split(`type: ${kind},`)).toHaveLength(4);
    const end = (session: string) => json<Ended>(home, ['user', 'wait', session, '--timeout', '60s']);
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
    expect(await end(session)).toMatchObject({ state: 'completed' });
    const branches = plainGit(repository, 'for-each-ref', '--format=%(refname)', 'refs/heads/entangle').split(
      '\n',
    );
    expect(branches.map((branch) => plainGit(repository, 'show', `${branch}:NOTES.md`))).toEqual([
      'cats "purr"; and sleep a lot',
    ]);
  },
);
