/** What comes of a turn reaches the remote only as the commit that the right people saw and approved in time. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, place, run } from '../support/cli.ts';
import { subjectIn } from '../support/federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { type Intruder, intrude, type Key, stolenKeys } from '../support/intruder.ts';
import { type Raised, raise, until } from '../support/raise.ts';

const here = place();
const approvedBy = (by: string[], more: object = {}) => ({
  approval: { 'source.publish': { by, quorum: 1, ...more } },
});
const AGENTS = {
  builder: approvedBy(['alice']),
  quick: approvedBy(['alice'], { expires: '5s' }),
  pair: approvedBy(['alice', 'bob'], { quorum: 2 }),
  twin: approvedBy(['alice', 'phone', 'bob'], { quorum: 2 }),
  eyes: approvedBy(['alice', 'phone', 'bob'], { four_eyes: true }),
  lead: {},
  free: { budget: { time: '3s' } },
};
let fed: Raised;

beforeAll(async () => {
  const approvers = Object.entries(AGENTS).flatMap(([name, policy]) =>
    'approval' in policy ? policy.approval['source.publish'].by.map((by) => `${by} approves ${name}`) : [],
  );
  fed = await raise(here, {
    users: { alice: null, bob: null, phone: 'alice' },
    agents: AGENTS,
    edges: [
      ...new Set([
        ...Object.keys(AGENTS).map((name) => `alice delegates_to ${name}`),
        ...approvers,
        'bob approves builder',
        'lead delegates_to eyes',
      ]),
    ],
  });
}, 180_000);
afterAll(() => fed.close());

type Approval = { id: string; commit: string; diff: string; files: { path: string }[]; state: string };
type Waiting = { session: string; approval: string };
const asked = async (node: string, task: string): Promise<Waiting> => {
  const session = await fed.ask('alice', node, task);
  const { approvals } = await fed.reached('alice', session, 'waiting_approval');
  if (approvals.length > 0) return { session, approval: approvals[0]!.id };
  // Put to others than the launcher: the runner knows its id.
  const rows = (await fed.tables('runner')).list('approvals', { session });
  return { session, approval: rows[0]!.id };
};
const show = (user: string, approval: string) => json<Approval>(fed.homes[user]!, ['user', 'show', approval]);
const decide = (user: string, what: 'approve' | 'reject', approval: string) => {
  const yes = what === 'approve' ? ['--yes'] : [];
  return run(fed.homes[user]!, ['user', what, approval, ...yes, '--json', '--no-input']);
};
const approve = async (user: string, approval: string): Promise<void> => {
  // Put to each in a message of its own: that one has it does not say that the other has.
  await until(`the question at ${user}`, async () => {
    const { items } = await json<{ items: { id: string }[] }>(fed.homes[user]!, ['user', 'inbox', '--all']);
    return items.some(({ id }) => id === approval);
  });
  const { code, stdout } = await decide(user, 'approve', approval);
  if (code !== 0) throw new Error(stdout);
};
const votes = async (approval: string): Promise<number> =>
  (await fed.tables('runner')).count('decisions', { approval });
const failure = async (session: string) => fed.reached('alice', session, 'failed');
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
    const engine = survivor('writes', `echo "after $i" > "$W/made.txt"; ${burst}; ${hook}`);
    try {
      const { session, approval } = await asked('builder', engine.task);
      const seen = await show('alice', approval);
      expect(seen.files.map((file) => file.path)).toContain('shown.txt');
      await engine.goesOn();
      await approve('alice', approval);
      await fed.reached('alice', session, 'completed');
      expect(fed.head('builder', session)).toBe(seen.commit);
      const names = git('ls-tree', '-r', '--name-only', seen.commit).split('\n');
      expect(names.filter((name) => name !== 'a.txt')).toEqual(seen.files.map((file) => file.path));
      expect(names.filter((name) => name.includes('.git'))).toEqual([]);
      expect(seen.diff).toContain(`+${git('show', `${seen.commit}:made.txt`)}\n`);
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
  test('is nothing where somebody else made the branch meanwhile', async () => {
    const { session, approval } = await asked('builder', 'echo mine > mine.txt');
    const branch = `refs/heads/entangle/builder/${session}`;
    plainGit(fed.fixture.work, 'push', '--quiet', fed.fixture.remote, `HEAD:${branch}`);
    const theirs = fed.head('builder', session);
    await approve('alice', approval);
    expect((await failure(session)).reason).toBe('remote_moved');
    expect(fed.head('builder', session)).toBe(theirs);
  });
  test('is nothing where the remote says no: its words reach the person, and no work waits for ever', async () => {
    const hook = join(fed.fixture.remote, 'hooks/pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "sign your commits" >&2\nexit 1\n', { mode: 0o755 });
    try {
      const { session, approval } = await asked('builder', 'echo refused > refused.txt');
      await approve('alice', approval);
      const { reason, summary } = await failure(session);
      expect(reason).toBe('remote_refused');
      expect(summary).toMatch(/refused the branch: pre-receive hook declined sign your commits/);
      expect(fed.head('builder', session)).toBe('');
    } finally {
      rmSync(hook);
    }
  });
});

describe('who may approve, and when', () => {
  let intruder: Intruder;
  const keys = new Map<string, Key>();
  beforeAll(async () => {
    const tables = await fed.tables('runner');
    const machine = stolenKeys(fed.directory('runner'));
    for (const row of tables.list('assignments')) keys.set(row.node, machine.get(`node-${row.id}`)!);
    for (const name of ['alice', 'bob']) keys.set(name, stolenKeys(fed.directory(name)).get('user')!);
    const { n, boot } = tables.get('epoch', 'host')!;
    intruder = intrude({
      relay: fed.relay,
      graph: fed.graph,
      epoch: () => ({ n: Number(n), boot: String(boot) }),
      identities: [keys.get('bob')!],
    });
    expect(await intruder.synced()).toBe(true);
  });
  afterAll(() => intruder.close());

  /** A client that asks nobody whether it may; resolves when the runner has counted the refusal. */
  const forced = async (user: string, node: string, { approval }: Waiting, changes: object = {}) => {
    const [key, tables] = [keys.get(user)!, await fed.tables('runner')];
    const before = countsOf(tables.list('rejects', { signer: key.pubkey }));
    const row = tables.get('approvals', approval)!;
    const to = tables.list('approval_requests', { approval });
    const re = (to.find((one) => one.approver === key.pubkey) ?? to[0])!.message;
    const about = { subject: subjectIn(fed.directory('runner'), approval), subjectDigest: row.subject };
    const body = { approval, decision: 'approved', ...about, ...changes };
    const said = intruder.sign(key, 'approval.response', keys.get(node)!.pubkey, body, { role: 'user', re });
    await intruder.deliver(said, key);
    return until('a refusal', async () => {
      const after = countsOf((await fed.tables('runner')).list('rejects', { signer: key.pubkey }));
      return [...after].find(([reason, count]) => count > (before.get(reason) ?? 0))?.[0];
    });
  };
  const countsOf = (rows: readonly { reason: string; count: number }[]) =>
    new Map(rows.map((row) => [row.reason, row.count]));

  test('T50 nobody who was not asked, and nobody for another subject', async () => {
    const one = await asked('builder', 'echo one > one.txt');
    expect((await decide('bob', 'approve', one.approval)).code).toBe(6);
    expect(await forced('bob', 'builder', one)).toBe('not_asked');
    expect(await forced('alice', 'builder', one, { subjectDigest: 'ab'.repeat(32) })).toBe('wrong_subject');
    expect(await votes(one.approval)).toBe(0);
    expect(fed.head('builder', one.session)).toBe('');
    await approve('alice', one.approval);
    await fed.reached('alice', one.session, 'completed');
  });
  test('T53 nobody after it expired', async () => {
    const late = await asked('quick', 'echo late > late.txt');
    expect((await failure(late.session)).reason).toBe('approval_expired');
    expect((await decide('alice', 'approve', late.approval)).code).toBe(4);
    expect(await forced('alice', 'quick', late)).toBe('approval_closed');
    expect(fed.head('quick', late.session)).toBe('');
  });
  test('nobody whom the policy names no more when the commit is pushed', async () => {
    const file = join(here.root, 'graph.json');
    const graph = readFileSync(file, 'utf8');
    const apply = () => json(fed.homes.host!, ['graph', 'apply', file, '--yes', '--wait=online']);
    const { session, approval } = await asked('builder', 'echo late > late.txt');
    const away = `${fed.fixture.remote}.away`;
    renameSync(fed.fixture.remote, away);
    try {
      await approve('alice', approval);
      await until('the approval', async () => {
        const row = (await fed.tables('runner')).get('approvals', approval);
        return row?.state === 'approved';
      });
      writeFileSync(file, graph.replace('"by":["alice"],"quorum":1}', '"by":["bob"],"quorum":1}'));
      expect(readFileSync(file, 'utf8')).not.toBe(graph);
      await apply();
    } finally {
      renameSync(away, fed.fixture.remote);
    }
    expect(await failure(session)).toMatchObject({ reason: 'approval_invalidated' });
    expect(fed.head('builder', session)).toBe('');
    writeFileSync(file, graph);
    await apply();
  });
  test('nobody after its task was cancelled: the question is taken back', async () => {
    const { session, approval } = await asked('builder', 'echo gone > gone.txt');
    await json(fed.homes.alice!, ['user', 'cancel', session]);
    await fed.reached('alice', session, 'cancelled');
    await until('the end of the question', async () => (await show('alice', approval)).state === 'withdrawn');
    expect((await decide('alice', 'approve', approval)).code).toBe(4);
  });
  test('nobody after it was rejected', async () => {
    const no = await asked('builder', 'echo no > no.txt');
    expect((await decide('alice', 'reject', no.approval)).code).toBe(0);
    expect((await failure(no.session)).reason).toBe('approval_rejected');
    expect((await decide('alice', 'approve', no.approval)).code).toBe(4);
    expect(await forced('alice', 'builder', no)).toBe('already_decided');
    expect(fed.head('builder', no.session)).toBe('');
  });
  test('two persons where two are needed; the first word of each counts', async () => {
    const both = await asked('pair', 'echo both > both.txt');
    await approve('alice', both.approval);
    await until('one vote', async () => (await votes(both.approval)) === 1);
    expect(await forced('alice', 'pair', both, { decision: 'rejected' })).toBe('already_decided');
    expect((await fed.session('alice', both.session)).state).toBe('waiting_approval');
    expect(fed.head('pair', both.session)).toBe('');
    await approve('bob', both.approval);
    await fed.reached('alice', both.session, 'completed');
    expect(fed.head('pair', both.session)).toMatch(/^[0-9a-f]{40}$/);
  });
  test('T51 two keys of one person are one vote', async () => {
    const twin = await asked('twin', 'echo twin > twin.txt');
    await approve('alice', twin.approval);
    await approve('phone', twin.approval);
    await until('two decisions', async () => (await votes(twin.approval)) === 2);
    await json(fed.homes.host!, ['host', 'status']);
    expect((await fed.session('alice', twin.session)).state).toBe('waiting_approval');
    expect(fed.head('twin', twin.session)).toBe('');
    await approve('bob', twin.approval);
    await fed.reached('alice', twin.session, 'completed');
  });
  test('T51 four eyes: not who launched it, with neither key', async () => {
    const own = await asked('eyes', 'echo own > own.txt');
    for (const user of ['alice', 'phone']) expect((await decide(user, 'approve', own.approval)).code).toBe(6);
    expect(await forced('alice', 'eyes', own)).toBe('not_asked');
    expect(fed.head('eyes', own.session)).toBe('');
    await approve('bob', own.approval);
    await fed.reached('alice', own.session, 'completed');
  });
  test('T51 four eyes: nor who launched what an agent gave on', async () => {
    const order = JSON.stringify({ delegate: { to: 'eyes', task: 'echo given > given.txt' } });
    const outer = await fed.ask('alice', 'lead', `echo '${order}' >&3; read -r answer <&4; echo "$answer"`);
    const row = await until('an approval', async () => {
      const tables = await fed.tables('runner');
      return tables.list('approvals', { open: 1, node: keys.get('eyes')!.pubkey })[0];
    });
    const approvers = (await fed.tables('runner')).list('approval_requests', { approval: row.id });
    expect(approvers.map((one) => one.approver)).toEqual([keys.get('bob')!.pubkey]);
    expect(row.path).toEqual(['alice', 'lead', 'eyes']);
    await approve('bob', row.id);
    const { summary } = await fed.reached('alice', outer, 'completed');
    expect(JSON.parse(summary!)).toMatchObject({ ok: true, state: 'completed' });
  });
});

describe('a turn that goes wrong fails its session alone', () => {
  test('T92 errors, time, a flood of output and too large a change', async () => {
    const tasks = {
      failed: 'echo why; exit 3',
      timed_out: 'sleep 600',
      output_limit: 'yes',
      large: 'head -c 1500000 /dev/urandom | base64 > large.txt',
    };
    const ids = {} as Record<keyof typeof tasks, string>;
    for (const [name, task] of Object.entries(tasks))
      ids[name as keyof typeof tasks] = await fed.ask('alice', 'free', task);
    const honest = await fed.ask('alice', 'free', 'echo fine > fine.txt; echo done');
    expect((await fed.reached('alice', honest, 'completed')).summary).toBe('done\n');
    expect(await failure(ids.failed)).toMatchObject({ reason: 'turn_failed', summary: 'why\n' });
    expect((await failure(ids.timed_out)).reason).toBe('turn_timed_out');
    expect((await failure(ids.output_limit)).reason).toBe('turn_output_limit');
    const large = await failure(ids.large);
    expect(large.reason).toBe('turn_failed');
    expect(large.summary).toMatch(/1 MiB/);
    for (const id of Object.values(ids)) expect(fed.head('free', id)).toBe('');
    expect(fed.head('free', honest)).toMatch(/^[0-9a-f]{40}$/);
    expect(fed.serving('runner').child.exitCode).toBe(null);
  });
});
