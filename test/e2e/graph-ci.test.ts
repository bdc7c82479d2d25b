/** The workflow of docs/ci.md, its own shell steps run as CI would run them, against a real Host. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { BIN, freePort, json, place } from '../support/cli.ts';
import { graphText } from '../support/graph-texts.ts';

type Step = { name?: string; run?: string; env?: Record<string, string> };
type Workflow = {
  env: Record<string, string>;
  jobs: Record<string, { env?: Record<string, string>; steps: Step[] }>;
};
const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');
const workflow = parse(/```yaml\n([\s\S]*?)```/.exec(page)![1]!) as Workflow;
const here = place();
const operator = here.home('o');
const checkout = join(here.root, 'checkout');
const comments = join(here.root, 'comments');
let token = '';

/** Everything but the tunnel: here the Host's home is on this machine, as on a CI runner beside the Host. */
const job = async (name: string, changes: Record<string, string> = {}, secret = token) => {
  const steps = workflow.jobs[name]!.steps.filter((step) => step.run && step.name !== 'Tunnel');
  const known: Record<string, string> = {
    ENTANGLE_NO_INPUT: workflow.env.ENTANGLE_NO_INPUT!,
    ENTANGLE_HOME: operator,
    ENTANGLE_TOKEN_FILE: join(checkout, '.token'),
    PULL_REQUEST: '7',
  };
  const env = {
    PATH: `${join(here.root, 'bin')}:${process.env.PATH}`,
    HOME: here.root,
    ...known,
    ...changes,
  };
  let output = '';
  for (const step of steps) {
    const given = step.env?.TOKEN ? { TOKEN: secret } : {};
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', step.run!], {
      cwd: checkout,
      env: { ...env, ...given },
      stdio: 'pipe',
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    if (code !== 0) return { code, output };
  }
  return { code: 0, output };
};
const commit = (text: string) => writeFileSync(join(checkout, 'graph.yaml'), text);
const head = () => json<{ revision: number }>(operator, ['graph', 'show']);

beforeAll(async () => {
  const bin = join(here.root, 'bin');
  for (const directory of [bin, checkout]) mkdirSync(directory);
  const script = (name: string, line: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script('entangle', `exec ${process.execPath} ${BIN} "$@"`);
  // Keeps what it was to post: gh pr comment N --body-file FILE.
  script('gh', `[ "$1 $2 $3 $4" = "pr comment 7 --body-file" ] && cat "$5" >> ${comments}`);
  const relay = `ws://127.0.0.1:${await freePort()}`;
  await json(operator, ['host', 'init', '--graph', 'acme', '--relay', relay, '--members', '--keys', 'file']);
  await here.start(operator, ['host', 'serve']);
  token = readFileSync(join(operator, 'host', 'operator.token'), 'utf8').trim();
});
afterAll(() => here.clean());

test('check fails on a bad file, with file, line and column, and needs no token', async () => {
  commit(graphText().replace('bob delegates_to spare', 'bob delegates_to spar'));
  const failed = await job('check');
  expect(failed.code).toBe(8);
  expect(failed.output).toContain('graph.yaml:12:5: error: no node `spar`; did you mean `spare`?');
  commit(graphText());
  expect(await job('check')).toMatchObject({ code: 0 });
});

test('plan posts the changes as Markdown; a wrong token fails with 3 and posts nothing', async () => {
  expect(await job('plan', {}, 'x'.repeat(40))).toMatchObject({ code: 3 });
  expect(() => readFileSync(comments)).toThrow('ENOENT');
  expect(await job('plan')).toMatchObject({ code: 0 });
  const comment = readFileSync(comments, 'utf8');
  expect(comment).toMatch(/^### entangle graph plan\n\n\*\*\d+ to add, 0 to change, 0 to remove\.\*\*\n/);
  expect(comment).toContain('\n+   alice delegates_to builder\n');
});

test('apply makes the revision, and once more it changes nothing', async () => {
  const first = await job('apply', { ENTANGLE_TIMEOUT: '20s' });
  expect(first).toMatchObject({ code: 0 });
  expect(first.output).toContain('revision 1 is active');
  expect(first.output).toContain('not yet by alice, bob');
  expect(await job('apply')).toMatchObject({
    code: 0,
    output: expect.stringContaining('no changes: revision 1'),
  });
  expect(await head()).toMatchObject({ revision: 1 });
});

test('an apply that was overtaken since its plan exits 4', async () => {
  commit(graphText({ rate: '3/minute' }));
  const [planStep, applyStep] = workflow.jobs
    .apply!.steps.find((step) => step.name === 'Apply')!
    .run!.trim()
    .split('\n');
  expect(applyStep).toMatch(/^entangle graph apply graph\.plan /);
  const other = here.file('other.yaml', graphText({ rate: '4/minute' }));
  const overtaken = workflow.jobs.apply!.steps.map((step) =>
    step.name === 'Apply'
      ? { ...step, run: `${planStep}\nentangle graph apply ${other} --yes\n${applyStep}` }
      : step,
  );
  workflow.jobs.overtaken = { ...workflow.jobs.apply!, steps: overtaken };
  const answer = await job('overtaken');
  expect(answer.code).toBe(4);
  expect(answer.output).toContain('this plan was made against revision 1');
  expect(await head()).toMatchObject({ revision: 2 });
});

test('without the Host the plan fails with 7, and the check still passes', async () => {
  const nowhere = join(here.root, 'nowhere');
  expect(await job('plan', { ENTANGLE_HOME: nowhere })).toMatchObject({ code: 7 });
  expect(await job('check', { ENTANGLE_HOME: nowhere })).toMatchObject({ code: 0 });
});
