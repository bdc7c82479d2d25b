/** Engines that outlive their turn and go on writing: what is pushed is the commit that was shown. */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bundleAgent } from '../support/bundled-agent.ts';
import { environment, json, OWN_ARGS, PROGRAM, run, SELF, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { approveAs, showAs, stayOpen, transcriptAs, wantChangesAs } from '../support/own-user.ts';
import { startSshAgent } from '../support/ssh-agent.ts';
import { testSshKey } from '../support/ssh-token.ts';

const here = tempHomes();
const approval = { 'source.publish': { by: ['alice'], quorum: 1 } };
const TOKEN = testSshKey();
const UNSAID = 'what nobody else is to read';
const touched = { 'source.publish': { by: ['alice'], quorum: 1, assurance: 'touch' } };
let fed: CustomFederation;
let leave: () => Promise<void>;

beforeAll(async () => {
  const agent = join(here.root, 'agent.mjs');
  bundleAgent(agent);
  fed = await startCustomFederation(here, {
    users: { alice: null },
    ssh: { alice: [TOKEN.line] },
    agents: { builder: { approval }, coder: { approval }, guarded: { approval: touched } },
    engines: { coder: { type: 'acp', auth: 'none', command: ['node', agent] } },
    workspaces: { guarded: { message: 'Work of {node} in {session}' } },
    edges: ['builder', 'coder', 'guarded'].flatMap((node) => [
      `alice delegates_to ${node}`,
      `alice approves ${node}`,
    ]),
  });
  leave = await stayOpen(fed.homes.alice!);
});
afterAll(async () => {
  await leave();
  await fed.close();
});

type Approval = { id: string; commit: string; diff: string; files: { path: string }[]; state: string };
const asked = async (node: string, task: string): Promise<{ session: string; approval: string }> => {
  const session = await fed.ask('alice', node, task);
  const { approvals } = await fed.waited('alice', session, 'approval');
  return { session, approval: approvals[0]!.id };
};
const show = (user: string, approval: string) => showAs<Approval>(fed.homes[user]!, approval);
const approve = (user: string, approval: string) => approveAs(fed.homes[user]!, approval);
const git = (...args: string[]) => plainGit(fed.fixture.remote, ...args);

describe('what is pushed', () => {
  /** Its own session, no environment, no parent: nothing tells that it belongs to the turn. Loops until `stop`. */
  const survivor = (name: string, body: string) => {
    const [count, stop, runs] = ['count', 'stop', 'runs'].map((one) => join(here.root, `${name}-${one}`));
    const loop = `i=0; while [ ! -e ${stop} ] && [ $i -lt 3000 ]; do i=$((i+1)); ${body}; echo $i > ${count}; done`;
    const script = here.file(`${name}.sh`, `W=$1\n${loop} 2> /dev/null\n`);
    const task = [
      `W=$PWD; echo shown > shown.txt; echo run >> ${runs}`,
      `(setsid env -i PATH="$PATH" bash ${script} "$W" < /dev/null > /dev/null 2>&1 3>&- 4>&- &)`,
      `until [ -s ${count} ]; do sleep 0.02; done`,
    ].join('\n');
    const loops = () => Number(readFileSync(count!, 'utf8'));
    const goesOn = async (before = loops()) => until('the engine goes on', async () => loops() > before);
    return {
      task,
      goesOn,
      runs: () => readFileSync(runs!, 'utf8'),
      stop: () => here.file(`${name}-stop`, ''),
    };
  };
  const burst = 'for k in 1 2 3 4 5 6; do mkdir -p "$W/sub/$i" && : > "$W/sub/$i/late-$k"; done';

  test('T88 is the commit that was shown, whatever the engine does to its files and to git afterwards', async () => {
    const hooked = join(here.root, 'hooked');
    const hook = `mkdir -p "$W/.git/hooks" "$W/.git/objects"; printf '#!/bin/sh\\ntouch ${hooked}\\n' > "$W/.git/hooks/pre-push"; chmod +x "$W/.git/hooks/pre-push"; cp "$W/.git/hooks/pre-push" "$W/.git/hooks/pre-commit"; printf '[core]\\n\\thooksPath = %s/.git/hooks\\n\\tfsmonitor = %s/.git/hooks/pre-push\\n' "$W" "$W" > "$W/.git/config"`;
    const engine = survivor('writes', `echo "after $i" > "$W/made.txt"; ${burst}; ${hook}; sleep 0.02`);
    try {
      const { session, approval } = await asked('builder', engine.task);
      const seen = await show('alice', approval);
      expect(seen.files.map((file) => file.path)).toContain('shown.txt');
      await engine.goesOn();
      await approve('alice', approval);
      await fed.waited('alice', session, 'end');
      expect(fed.head('builder', session)).toBe(seen.commit);
      const names = git('ls-tree', '-r', '--name-only', seen.commit).split('\n');
      expect(names.filter((name) => name !== 'a.txt')).toEqual(seen.files.map((file) => file.path));
      expect(names.filter((name) => name.includes('.git'))).toEqual([]);
      // The shell empties the file before it writes: the commit may hold either.
      const made = git('show', `${seen.commit}:made.txt`);
      expect(seen.diff).toContain(made === '' ? '+++ b/made.txt\nnew file (mode 100644)\n\n' : `+${made}\n`);
      expect([existsSync(hooked), engine.runs()]).toEqual([false, 'run\n']);
    } finally {
      engine.stop();
    }
  });
  test('T92 files that vanish while they are committed fail the turn once; the engine is not run again', async () => {
    const swap = 'ln -sfn /etc "$W/swap"; rm -f "$W/swap"; mkdir -p "$W/swap"; rmdir "$W/swap"';
    const engine = survivor('swaps', `${burst}; rm -rf "$W/sub/$((i - 1))"; ${swap}`);
    try {
      const session = await fed.ask('alice', 'builder', engine.task);
      const { state, summary } = await until('an outcome', async () => {
        const shown = await fed.session('alice', session);
        return ['failed', 'waiting_approval'].includes(shown.state) && shown;
      });
      if (state === 'failed') expect(summary).toMatch(/cannot be committed|could not be committed/);
      await engine.goesOn();
      expect(engine.runs()).toBe('run\n');
    } finally {
      engine.stop();
    }
  });
});

test('an agent over its protocol edits, is told what is to be changed, and its commit is published', async () => {
  const task = 'say I begin\nedit own.txt\nwrite ours.txt\nask once make';
  const { session, approval } = await asked('coder', task);
  const paths = async (one: string) => (await show('alice', one)).files.map(({ path }) => path);
  expect(await paths(approval)).toEqual(['ours.txt', 'own.txt']);
  await wantChangesAs(fed.homes.alice!, approval, 'write more.txt\nask once make');
  const { approvals } = await fed.waited('alice', session, 'approval');
  const next = approvals.find(({ id, state }) => id !== approval && state === 'pending')!;
  const { commit } = await show('alice', next.id);
  expect(await paths(next.id)).toEqual(['more.txt', 'ours.txt', 'own.txt']);
  await approve('alice', next.id);
  await fed.waited('alice', session, 'end');
  expect(fed.head('coder', session)).toBe(commit);
  expect(git('show', `${commit}:ours.txt`)).toBe('through us');
  expect(await transcriptAs(fed.homes.alice!, session)).toContain(
    'asked: make: allowed once, command.run needs no approval here',
  );
});

/** An agent of SSH that does not answer signs nothing; one that holds the key, on what could be a token, does. */
const approveByTouch = async (approval: string): Promise<void> => {
  const { subjectDigest } = await showAs<{ subjectDigest: string }>(fed.homes.alice!, approval);
  const args = ['user', 'approve', approval, '--subject-digest', subjectDigest];
  const file = here.file('token.pub', `${TOKEN.line} token\n`);
  await json(fed.homes.alice!, ['user', 'ssh-key', 'add', file]);
  await expect(json(fed.homes.alice!, args)).rejects.toThrow(/did not sign/);
  const socket = join(here.root, 'agent');
  const agent = await startSshAgent(socket, [TOKEN]);
  const env = { ...environment(fed.homes.alice!), SSH_AUTH_SOCK: socket };
  const signed = promisify(execFile)(PROGRAM, [...OWN_ARGS, ...args, '--home', fed.homes.alice!], { env });
  const { stderr } = await signed.finally(agent.close);
  expect(stderr).toMatch(/touch your key SHA256:/);
};

test('T160 proves itself in a fresh clone, to a program that has no home, and to the job of docs/ci.md', async () => {
  const [authority = ''] = fed.graph.split('/');
  fed.fixture.publish({ '.entangle/trust.yaml': `authorities: ["${authority}"]\n` });
  const { session, approval } = await asked('guarded', `echo proof > proof.txt # ${UNSAID}`);
  const { commit } = await show('alice', approval);
  await approveByTouch(approval);
  await fed.waited('alice', session, 'end');
  const ref = 'refs/entangle/attestations';
  await until('the evidence', async () => {
    const has = git('for-each-ref', ref) !== '';
    return has && git('ls-tree', '--name-only', ref).includes(commit);
  });
  const clone = join(here.root, 'change');
  plainGit(here.root, 'clone', '--quiet', fed.fixture.repository.url, clone);
  plainGit(clone, 'fetch', '--quiet', 'origin', `+${ref}:${ref}`);
  const of = ['--repo', clone, '--authority', authority];
  const nobody = here.home('nobody');
  const branch = `entangle/guarded/${session}`;
  const verified = await run(nobody, [
    'verify',
    commit,
    ...of,
    '--require',
    'exact,touch',
    '--branch',
    branch,
  ]);
  expect(verified).toMatchObject({ code: 0, stderr: '' });
  expect(verified.stdout).toContain(
    `verified ${commit}: approved by alice (with the touch of a key), made by guarded in session ${session}`,
  );
  const log = await json<{ proof: string; askedBy: string[] }>(nobody, ['log', commit, ...of]);
  expect(log).toMatchObject({ proof: 'verified', askedBy: ['alice'], node: 'guarded' });
  expect(git('show', '-s', '--format=%B', commit)).toContain('Entangle-Requested-By: npub1');
  // With digests no object of the remote has a word of the task
  const objects = git('cat-file', '--batch-all-objects', '--batch');
  expect(objects).toContain(`Work of guarded in ${session}`);
  expect(objects).not.toContain(UNSAID);

  // As a pull request from that branch, with what the base says whom to trust
  const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');
  const [, , [, source = ''] = []] = [null, ...page.matchAll(/```yaml\n([\s\S]*?)```/g)];
  const { jobs } = parse(source) as { jobs: { verify: { steps: { run?: string }[] } } };
  const script = jobs.verify.steps.find((step) => step.run)?.run ?? '';
  plainGit(clone, 'checkout', '--quiet', commit);
  const job = (head: string) => {
    const bin = here.file('entangle', `#!/bin/sh\nexec ${SELF.join(' ')} "$@"\n`);
    chmodSync(bin, 0o755);
    const env = {
      PATH: `${dirname(bin)}:${process.env.PATH}`,
      HOME: nobody,
      BASE: 'origin/main',
      GITHUB_HEAD_REF: head,
    };
    return spawnSync('bash', ['-e', '-c', script], { cwd: here.root, env, encoding: 'utf8' });
  };
  expect(job(branch)).toMatchObject({ status: 0, stdout: expect.stringContaining(`verified ${commit}`) });
  expect(job('entangle/other')).toMatchObject({ status: 5 });
});
