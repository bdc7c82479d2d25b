/** The workflow of docs/ci.md, its own shell steps run as CI would run them, against a real Host. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort, json, SELF, type Serving, tempHomes } from '../support/cli.ts';
import { graphText } from '../support/graph-texts.ts';

type Step = { name?: string; run?: string; env?: Record<string, string> };
type Workflow = {
  env: Record<string, string>;
  jobs: Record<string, { env?: Record<string, string>; steps: Step[] }>;
};
const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');
const workflow = parse(/```yaml\n([\s\S]*?)```/.exec(page)![1]!) as Workflow;
const here = tempHomes();
const operator = here.home('o');
const checkout = join(here.root, 'checkout');
const comments = join(here.root, 'comments');
let host: Serving;
const secretFile = (name: string) => join(here.root, 'secrets', name);
const tunnelCalls = join(here.root, 'tunnels');

const shell = async (script: string, cwd: string, env: Record<string, string>) => {
  const PATH = `${join(here.root, 'bin')}:${process.env.PATH}`;
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd,
    env: { PATH, HOME: here.root, ENTANGLE_NO_INPUT: workflow.env.ENTANGLE_NO_INPUT!, ...env },
    stdio: 'pipe',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
};

/** What GitHub would put for `${{ secrets.X }}` and `${{ vars.X }}`: what the page's commands have set. */
const filled = (env: Record<string, string> = {}, secrets: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const source = /^\$\{\{ (?:secrets|vars)\.(\w+) \}\}$/.exec(value)![1]!;
      return [name, secrets[source] ?? readFileSync(secretFile(source), 'utf8').trim()];
    }),
  );

/** One step after the other, in a job's own home that holds nothing but what the steps put there. */
const job = async (
  name: string,
  changes: Record<string, string> = {},
  secrets: Record<string, string> = {},
) => {
  const ci = join(checkout, '.entangle');
  rmSync(ci, { recursive: true, force: true });
  const env = { ENTANGLE_HOME: ci, ENTANGLE_TOKEN_FILE: join(checkout, '.token'), PULL_REQUEST: '7' };
  let output = '';
  for (const step of workflow.jobs[name]!.steps.filter(({ run }) => run)) {
    const given = { ...env, ...filled(step.env, secrets), ...changes };
    const done = await shell(step.run!, checkout, given);
    output += done.output;
    if (done.code !== 0) return { code: done.code, output };
  }
  return { code: 0, output };
};
const commit = (text: string) => writeFileSync(join(checkout, 'graph.yaml'), text);
const head = () => json<{ revision: number }>(operator, ['graph', 'show']);

beforeAll(async () => {
  const bin = join(here.root, 'bin');
  for (const directory of [bin, checkout, join(here.root, 'secrets')]) mkdirSync(directory);
  const script = (name: string, line: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script('entangle', `exec ${SELF.join(' ')} "$@"`);
  // Keeps the comment that it was to write or to replace, and secrets under their names.
  script(
    'gh',
    `case "$*" in
      "pr comment 7 --edit-last --create-if-none --body-file "*) cat "\${@: -1}" > ${comments};;
      "secret set "*) cat > ${join(here.root, 'secrets')}/"$3";;
      *) exit 9;;
    esac`,
  );
  // Brings the socket to where it was asked for, as sshd would; and keeps how it was called.
  script(
    'ssh',
    `echo "$*" >> ${tunnelCalls}
    for word; do case "$word" in
      *:/srv/entangle/host/api.sock) ln -s ${join(operator, 'host', 'api.sock')} "\${word%%:*}";;
    esac; done`,
  );
  const relay = `ws://127.0.0.1:${await freePort()}`;
  await json(operator, ['host', 'init', '--graph', 'acme', '--relay', relay, '--members', '--keys', 'file']);
  host = await here.start(operator, ['host', 'serve']);
  const commands = /```sh\n(entangle host operator add[\s\S]*?)```/.exec(page)![1]!;
  const made = await shell(commands, checkout, { ENTANGLE_HOME: operator });
  if (made.code !== 0) throw new Error(made.output);
  writeFileSync(secretFile('ENTANGLE_SSH_KEY'), 'a private key');
  writeFileSync(secretFile('ENTANGLE_KNOWN_HOSTS'), 'host.example.org ssh-ed25519 AAAA');
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

test('the tokens of the page are a viewer and an editor that end, and nothing of them is left behind', async () => {
  const { items } = await json<{ items: Record<string, string>[] }>(operator, ['host', 'operator', 'list']);
  expect(items.slice(1)).toMatchObject([
    { name: 'ci-plan', role: 'viewer', state: 'active', expires: expect.stringMatching(/Z$/) },
    { name: 'ci-apply', role: 'editor', state: 'active', expires: expect.stringMatching(/Z$/) },
  ]);
  for (const name of ['ci-plan.token', 'ci-apply.token'])
    expect(existsSync(join(checkout, name))).toBe(false);
});

test('plan posts the changes as Markdown; a wrong token fails with 3 and posts nothing', async () => {
  expect(await job('plan', {}, { ENTANGLE_VIEWER_TOKEN: 'x'.repeat(40) })).toMatchObject({ code: 3 });
  expect(() => readFileSync(comments)).toThrow('ENOENT');
  for (let push = 0; push < 2; push++) expect(await job('plan')).toMatchObject({ code: 0 });
  const comment = readFileSync(comments, 'utf8');
  expect(comment).toMatch(/^### entangle graph plan\n\n\*\*\d+ to add, 0 to change, 0 to remove\.\*\*\n/);
  expect(comment).toContain('\n+   alice delegates_to builder\n');
});

test('the tunnel asks nobody, knows its machine and fails where it cannot carry the socket', () => {
  for (const option of ['BatchMode', 'StrictHostKeyChecking', 'ExitOnForwardFailure'])
    expect(readFileSync(tunnelCalls, 'utf8')).toContain(`-o ${option}=yes `);
  expect(statSync(join(here.root, '.ssh/id_ed25519')).mode & 0o777).toBe(0o600);
  expect(statSync(join(here.root, '.ssh')).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(here.root, '.ssh/known_hosts'), 'utf8')).toMatch(/^host\.example\.org ssh-/);
  expect(statSync(join(checkout, '.token')).mode & 0o777).toBe(0o600);
});

test('the viewer token applies nothing: 3', async () => {
  const viewer = readFileSync(secretFile('ENTANGLE_VIEWER_TOKEN'), 'utf8').trim();
  const answer = await job('apply', {}, { ENTANGLE_EDITOR_TOKEN: viewer });
  expect(answer).toMatchObject({
    code: 3,
    output: expect.stringContaining('the role viewer may not do that'),
  });
});

test('apply makes the revision, and once more it changes nothing', async () => {
  const first = await job('apply', { ENTANGLE_TIMEOUT: '20s' });
  expect(first).toMatchObject({ code: 0 });
  expect(first.output).toContain('revision 1 is active');
  expect(first.output).toContain('not yet acknowledged by alice, bob');
  expect(await job('apply')).toMatchObject({
    code: 0,
    output: expect.stringContaining('no changes: revision 1'),
  });
  expect(await head()).toMatchObject({ revision: 1, by: 'ci-apply' });
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
  await host.kill();
  expect(await job('plan')).toMatchObject({ code: 7 });
  expect(await job('check')).toMatchObject({ code: 0 });
});
