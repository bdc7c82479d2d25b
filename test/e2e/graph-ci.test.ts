/** The workflow of docs/ci.md, its own shell steps run as CI would run them, against a real Host. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort, SELF, type Serving, tempHomes } from '../support/cli.ts';
import { graphText } from '../support/graph-texts.ts';
import { type TestIssuer, testIssuer } from '../support/issuer.ts';
import { jsonHere } from '../support/own-command.ts';
import { makeHostHome } from '../support/own-setup.ts';
import { TEST_TLS } from '../support/tls-files.ts';

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
const identityFile = join(checkout, '.identity');
const answered = join(here.root, 'identity.json');
const authority = join(here.root, 'host.pem');
let address = '';
let issuer: TestIssuer;
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

/** What GitHub says of a job by itself. */
const JOBS: Readonly<Record<string, Record<string, string>>> = {
  plan: { ref: 'refs/pull/7/merge', event_name: 'pull_request' },
  apply: { ref: 'refs/heads/main', environment: 'graph-apply', event_name: 'push' },
};
/** One step after the other, in a job's own account that holds nothing but what the steps put there. */
const job = async (name: string, claims: Record<string, string> = {}, of = name) => {
  const home = join(here.root, 'account');
  for (const one of [home, identityFile]) rmSync(one, { recursive: true, force: true });
  mkdirSync(home);
  const said = { aud: workflow.env.AUDIENCE, repository: 'acme/app', sub: `repo:acme/app:${of}` };
  const value = await issuer.sign({ claims: { ...said, ...JOBS[of], ...claims } });
  writeFileSync(answered, JSON.stringify({ value }));
  const env = {
    ...{ HOME: home, ENTANGLE_HOST_URL: address, ENTANGLE_HOST_CA: authority, PULL_REQUEST: '7' },
    ...{
      ENTANGLE_HOST_OIDC_TOKEN_FILE: identityFile,
      AUDIENCE: workflow.env.AUDIENCE!,
      ENTANGLE_TIMEOUT: '20s',
    },
    ...{
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ids.example/x?a=b',
    },
  };
  let output = '';
  for (const step of workflow.jobs[name]!.steps.filter(({ run }) => run)) {
    const done = await shell(step.run!, checkout, env);
    output += done.output;
    if (done.code !== 0) return { code: done.code, output };
  }
  return { code: 0, output };
};
const commit = (text: string) => writeFileSync(join(checkout, 'graph.yaml'), text);
const head = () => jsonHere<{ revision: number }>(operator, ['graph', 'show']);

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
      *:/srv/entangle/host/default/api.sock) ln -s ${join(operator, 'host', 'default', 'api.sock')} "\${word%%:*}";;
    esac; done`,
  );
  // What the CI answers to whom it let run; it keeps how it was asked.
  script('curl', `echo "$*" > ${join(here.root, 'asked')}; cat ${answered}`);
  const relay = `ws://127.0.0.1:${await freePort()}`;
  await makeHostHome(operator, [relay], true);
  const key = join(here.root, 'host.key');
  writeFileSync(authority, TEST_TLS.cert);
  writeFileSync(key, TEST_TLS.key, { mode: 0o600 });
  const port = await freePort();
  address = `https://localhost:${port}`;
  const tls = ['--listen', `127.0.0.1:${port}`, '--tls-cert', authority, '--tls-key', key];
  host = await here.start(operator, ['host', 'serve', ...tls]);
  issuer = await testIssuer('https://token.actions.githubusercontent.com', () =>
    Math.floor(Date.now() / 1000),
  );
  const keys = here.file('keys.json', JSON.stringify(issuer.keySet()));
  const bind = /```sh\n(entangle host operator bind[\s\S]*?)```/.exec(page)![1]!;
  const bound = await shell(bind, checkout, { ENTANGLE_HOME: operator, ENTANGLE_OIDC_JWKS: keys });
  if (bound.code !== 0) throw new Error(bound.output);
});
afterAll(() => here.clean());

test('check fails on a bad file, with file, line and column, and needs no identity', async () => {
  commit(graphText().replace('bob delegates_to spare', 'bob delegates_to spar'));
  const failed = await job('check');
  expect(failed.code).toBe(8);
  expect(failed.output).toContain('graph.yaml:12:5: error: no node `spar`; did you mean `spare`?');
  commit(graphText());
  expect(await job('check')).toMatchObject({ code: 0 });
});

test('T158 the operators of the page are the jobs that it names, and no secret is in the workflow', async () => {
  const { items } = await jsonHere<{ items: Record<string, string>[] }>(operator, [
    'host',
    'operator',
    'list',
  ]);
  expect(items.slice(1, 3)).toMatchObject([
    { name: 'ci-plan', role: 'viewer', method: 'oidc', state: 'active' },
    { name: 'ci-apply', role: 'editor', method: 'oidc', state: 'active' },
  ]);
  expect(JSON.stringify(workflow)).not.toMatch(/secrets\.|ssh|TOKEN_FILE": *"[^"]*\.token/i);
});

test('plan posts the changes as Markdown; a job of another repository fails with 3 and posts nothing', async () => {
  expect(await job('plan', { repository: 'acme/fork' })).toMatchObject({
    code: 3,
    output: expect.stringContaining('no operator is bound to what it claims'),
  });
  expect(() => readFileSync(comments)).toThrow('ENOENT');
  for (let push = 0; push < 2; push++) expect(await job('plan')).toMatchObject({ code: 0 });
  const comment = readFileSync(comments, 'utf8');
  expect(comment).toMatch(/^### entangle graph plan\n\n\*\*\d+ to add, 0 to change, 0 to remove\.\*\*\n/);
  expect(comment).toContain('\n+   alice delegates_to builder\n');
  expect(readFileSync(join(here.root, 'asked'), 'utf8')).toContain('&audience=https://host.example.org');
  expect(statSync(identityFile).mode & 0o777).toBe(0o600);
});

test('the job of a branch applies nothing: 3', async () => {
  expect(await job('apply', { ref: 'refs/heads/mine' })).toMatchObject({
    code: 3,
    output: expect.stringContaining('the role viewer may not do that'),
  });
});

test('apply makes the revision, and once more it changes nothing', async () => {
  const first = await job('apply');
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
  const answer = await job('overtaken', {}, 'apply');
  expect(answer.code).toBe(4);
  expect(answer.output).toContain('this plan was made against revision 1');
  expect(await head()).toMatchObject({ revision: 2 });
});

test('where no identity is signed: a token of the page, over its tunnel, which asks nobody and knows its machine', async () => {
  const commands = /```sh\n(entangle host operator add[\s\S]*?)```/.exec(page)![1]!;
  const made = await shell(commands, checkout, { ENTANGLE_HOME: operator });
  expect(made).toMatchObject({ code: 0 });
  for (const name of ['ci-plan.token', 'ci-apply.token'])
    expect(existsSync(join(checkout, name))).toBe(false);
  const account = join(here.root, 'account');
  const env = {
    ...{ HOME: account, ENTANGLE_HOME: join(checkout, '.entangle') },
    ...{ SSH_KEY: 'a private key', KNOWN_HOSTS: 'host.example.org ssh-ed25519 AAAA' },
  };
  const tunnel = /```sh\n(mkdir -p -m 700 ~\/\.ssh[\s\S]*?)```/.exec(page)![1]!;
  expect(await shell(tunnel, checkout, env)).toMatchObject({ code: 0 });
  for (const option of ['BatchMode', 'StrictHostKeyChecking', 'ExitOnForwardFailure'])
    expect(readFileSync(tunnelCalls, 'utf8')).toContain(`-o ${option}=yes `);
  expect(statSync(join(account, '.ssh/id_ed25519')).mode & 0o777).toBe(0o600);
  expect(statSync(join(account, '.ssh')).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(account, '.ssh/known_hosts'), 'utf8')).toMatch(/^host\.example\.org ssh-/);
  const plan = (token: string) =>
    shell('entangle graph plan graph.yaml', checkout, { ...env, ENTANGLE_TOKEN_FILE: token });
  expect(await plan(secretFile('ENTANGLE_VIEWER_TOKEN'))).toMatchObject({ code: 0 });
  expect(await plan(here.file('wrong', 'x'.repeat(40)))).toMatchObject({ code: 3 });
});

test('without the Host the plan fails with 7, and the check still passes', async () => {
  await host.kill();
  expect(await job('plan')).toMatchObject({ code: 7 });
  expect(await job('check')).toMatchObject({ code: 0 });
});
