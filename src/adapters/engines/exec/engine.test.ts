import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EngineSpec } from '../../../core/graph/engines.ts';
import type { Turn, TurnSession } from '../../../ports/index.ts';
import { probeSandbox } from '../probe.ts';
import { createExecEngine } from './engine.ts';

const engine = createExecEngine({ graceMs: 300 });
const never = new AbortController().signal;
const { available, detail } = await probeSandbox();
if (!available) console.log(`sandbox tests passed over: ${detail}`);
const kinds = available ? (['none', 'bwrap'] as const) : (['none'] as const);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-exec-'));
  // To be passed by the engine's account, as the directory of a turn is
  chmodSync(root, 0o711);
  for (const name of ['work', 'scratch', 'secret']) mkdirSync(join(root, name), { mode: 0o700 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

type ExecTurn = Turn<EngineSpec<'exec'>>;
const spec = (...command: string[]) => ({ type: 'exec' as const, auth: 'none', command });
/** The runner's side of a turn: grants nothing, answers no directive, hands on what is printed. */
const sessionOf = (onText: (bytes: Uint8Array) => void = () => {}): TurnSession => ({
  ask: async () => ({ decision: 'rejected', reason: 'test' }),
  directive: async () => '{}',
  trace: ({ bytes }) => onText(bytes),
});
const session = sessionOf();
const turnOf = (script: string, more: Partial<ExecTurn> = {}): ExecTurn => ({
  spec: spec('bash', '-c', script),
  task: 'the task\n',
  attached: [],
  secrets: [],
  scratch: join(root, 'scratch'),
  workspace: join(root, 'work'),
  sandbox: 'none',
  hidden: [join(root, 'secret')],
  network: [],
  limits: {
    timeMs: 20_000,
    outputBytes: 1_000_000,
    memoryBytes: 4 * 1024 ** 3,
    diskBytes: 1e9,
    diskEntries: 1e5,
  },
  ...more,
});
const limits = (more: Partial<ExecTurn['limits']>) => ({ limits: { ...turnOf('').limits, ...more } });
const run = (script: string, more: Partial<ExecTurn> = {}, signal = never) =>
  engine.run(turnOf(script, more), session, signal);

/** Processes with the word in their command line, zombies left out. */
const running = (word: string): string[] =>
  execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(word) && !line.startsWith('Z'));

describe('without a sandbox', () => {
  test.each([
    ['in the group of the turn', ''],
    ['in a session of its own', 'setsid'],
  ])(
    'T92 a daemon %s whose first thread ended, as a zombie does, does not outlive its turn',
    async (_, by) => {
      // `ps` takes it for a zombie: it is seen by its threads
      const number = process.arch === 'x64' ? 60 : 93;
      const script = `use threads; $SIG{TERM} = "IGNORE"; threads->create(sub { open(F, ">", "made"); print F "entangle"; close F; sleep 4250 }); select(undef, undef, undef, 0.01) until -s "made"; syscall(${number}, 0)`;
      const wait = 'until [ -s made ] && grep -q "^State:.Z" /proc/$!/status; do sleep 0.01; done; echo $!';
      const { tail, reason } = await run(
        `${by} perl -e '${script}' entangle-threads </dev/null >/dev/null 2>&1 & ${wait}`,
      );
      const pid = Number(tail);
      const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
      expect([reason, pid > 1, threads.filter((thread) => thread !== String(pid))]).toEqual([
        'done',
        true,
        [],
      ]);
    },
  );
});

describe.each(kinds)('sandbox: %s', (sandbox) => {
  test('files that go with the task are beside the workspace, named in it, and read-only', async () => {
    const attached = [
      { name: 'a b.txt', bytes: Buffer.from('first\n') },
      { name: 'two', bytes: Buffer.from('second\n') },
    ];
    const script =
      'cat; cat "$ENTANGLE_ATTACHED"/*; touch "$ENTANGLE_ATTACHED/new" 2>/dev/null && echo wrote; ls';
    const { tail } = await run(script, { sandbox, attached });
    const lines = ['a b.txt', 'two'].map(
      (name) => `# attached, read-only: ${root}/scratch/attached/${name}\n`,
    );
    // Where nothing is fenced only who is not root is kept from it
    const wrote = sandbox === 'none' && process.getuid?.() === 0 ? 'wrote\n' : '';
    expect(tail).toBe(`the task\n\n${lines.join('')}first\nsecond\n${wrote}`);
  });

  test('secrets are files that only the engine reads, named by the path of their directory alone', async () => {
    const secrets = [
      { name: 'model', bytes: Buffer.from('sk-4711\n') },
      { name: 'raw', bytes: Buffer.from([0xff, 0x00]) },
    ];
    const script =
      'cd "$ENTANGLE_SECRETS"; stat -c "%n %a %s" *; wc -c < raw; tr 0-9 a-j < model; touch new 2>/dev/null; ' +
      'env | grep -c "47[1]1"; grep -c "47[1]1" /proc/$$/environ /proc/$$/cmdline';
    const { tail } = await run(script, { sandbox, secrets });
    const found = tail.split('\n').slice(0, 5);
    expect(found).toEqual(['model 400 8', 'raw 400 2', '2', 'sk-ehbb', '0']);
    expect(tail).toMatch(/environ:0\n.*cmdline:0/);
  });
  test('a secret is nowhere when its turn is over, and what it printed of one is told by its name', async () => {
    const secrets = [{ name: 'model', bytes: Buffer.from('sk-4711\n') }];
    const told: string[] = [];
    const turn = turnOf('cat "$ENTANGLE_SECRETS/model"; printf "sk-"; sleep 0.2; echo 4711 >&2; exit 3', {
      sandbox,
      secrets,
    });
    const outcome = await engine.run(
      turn,
      sessionOf((bytes) => told.push(Buffer.from(bytes).toString())),
      never,
    );
    expect(outcome).toMatchObject({ exitCode: 3, tail: '[secret model]\n[secret model]\n' });
    expect(told.join('')).toBe(outcome.tail);
    const grep = [
      '-c',
      'grep -rc sk-4711 "$1" | grep -v ":0$"; test -e "$1/secrets/model" && echo there; true',
      'sh',
    ];
    expect(execFileSync('bash', [...grep, join(root, 'scratch')], { encoding: 'utf8' })).toBe('');
  });
  test('what may have become the value of a secret is told when the turn ends without more of it', async () => {
    const secrets = [{ name: 'model', bytes: Buffer.from('sk-4711') }];
    expect((await run('printf "ends in sk-"', { sandbox, secrets })).tail).toBe('ends in sk-');
    const more = { sandbox, secrets, ...limits({ timeMs: 1000 }) };
    expect((await run('printf "ends in sk-"; sleep 60', more)).tail).toBe('ends in sk-');
  });
  test.each(['..', 'a/b', ''])('a file that would lie elsewhere is refused: %j', async (name) => {
    const refused = run('true', { sandbox, attached: [{ name, bytes: new Uint8Array() }] });
    await expect(refused).rejects.toThrow('name of a file');
    const secret = run('true', { sandbox, secrets: [{ name, bytes: new Uint8Array() }] });
    await expect(secret).rejects.toThrow('name of a file');
  });

  test('the task comes by file and by stdin; the workspace is where it runs', async () => {
    const outcome = await run('cat; cat "$ENTANGLE_TASK_FILE"; pwd; echo made > made.txt', { sandbox });
    expect(outcome).toEqual({
      is: 'ended',
      reason: 'done',
      exitCode: 0,
      tail: `the task\nthe task\n${root}/work\n`,
    });
    expect(readFileSync(join(root, 'work/made.txt'), 'utf8')).toBe('made\n');
    expect(statSync(join(root, 'scratch/task.txt')).mode & 0o777).toBe(0o600);
  });
  test('the environment is cleared', async () => {
    process.env.ENTANGLE_TEST_TOKEN = 'leaked';
    const { tail } = await run('env | cut -d= -f1 | sort | tr "\\n" " "', { sandbox });
    delete process.env.ENTANGLE_TEST_TOKEN;
    const names = tail
      .trim()
      .split(' ')
      .filter((name) => !['_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name));
    expect(names).toEqual(['ENTANGLE_TASK_FILE', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
  });
  test('HOME and TMPDIR are below scratch and writable; no core files', async () => {
    const { tail } = await run('touch ~/a "$TMPDIR/b" && ulimit -c && echo "$HOME"', { sandbox });
    expect(tail).toBe(`0\n${root}/scratch/home\n`);
  });
  test('node and git are found', async () => {
    expect(await run('node -e "process.exit(7)"', { sandbox })).toMatchObject({
      reason: 'failed',
      exitCode: 7,
    });
    expect(await run('git --version', { sandbox })).toMatchObject({ reason: 'done' });
  });
  test('a program that is not there fails', async () => {
    const outcome = await engine.run(turnOf('', { spec: spec('no-such-program'), sandbox }), session, never);
    expect(outcome.reason).toBe('failed');
    expect(outcome.exitCode).toBeGreaterThan(0);
    expect(outcome.tail).toContain('no-such-program');
  });
  test('the time limit ends also what ignores SIGTERM', async () => {
    const more = { sandbox, ...limits({ timeMs: 300 }) };
    const outcome = await run('trap "" TERM; echo on; while :; do sleep 0.05; done', more);
    expect(outcome.reason).toBe('timed_out');
  });
  test('output over the limit ends the turn; the tail is bounded', async () => {
    let seen = 0;
    const turn = turnOf('yes 0123456789abcdef', { sandbox, ...limits({ outputBytes: 100_000 }) });
    const counting = sessionOf((bytes) => {
      seen += bytes.length;
    });
    const outcome = await engine.run(turn, counting, never);
    expect(outcome.reason).toBe('output_limit');
    expect(seen).toBe(100_000);
    expect(Buffer.byteLength(outcome.tail)).toBeLessThanOrEqual(8192);
  });
  test('so much output as the limit is no reason to end', async () => {
    const outcome = await run('head -c 100000 /dev/zero', { sandbox, ...limits({ outputBytes: 100_000 }) });
    expect(outcome).toMatchObject({ reason: 'done', exitCode: 0 });
  });
  test('of two reasons to end the first one counts', async () => {
    const stop = new AbortController();
    const turn = turnOf('yes', { sandbox, ...limits({ outputBytes: 10 }) });
    const outcome = await engine.run(
      turn,
      sessionOf(() => stop.abort()),
      stop.signal,
    );
    expect(outcome.reason).toBe('cancelled');
  });
  test('what is printed after the end is not told', async () => {
    const stop = new AbortController();
    let told = 0;
    const more = { sandbox, ...limits({ outputBytes: 1e9 }) };
    const counting = sessionOf(() => {
      told += 1;
      stop.abort();
    });
    const outcome = await engine.run(turnOf('yes', more), counting, stop.signal);
    expect([outcome.reason, told]).toEqual(['cancelled', 1]);
  });
  test('what a shell can bound is bounded: files, data, core files and, where they are its own, processes', async () => {
    const { tail } = await run('ulimit -c; ulimit -f; ulimit -d; ulimit -u', {
      sandbox,
      ...limits({ memoryBytes: 1024 ** 3 }),
    });
    const [core, file, data, processes] = tail.split('\n');
    expect([core, file, data]).toEqual(['0', String(2 * 1024 ** 2), String(4 * 1024 ** 2)]);
    const ours = execFileSync('bash', ['-c', 'ulimit -u'], { encoding: 'utf8' }).trim();
    expect(processes).toBe(sandbox === 'bwrap' ? '4096' : ours);
  });
  test('one line of many broken characters stays bounded', async () => {
    const outcome = await run('head -c 200000 /dev/zero | tr "\\0" "\\377"', { sandbox });
    expect(outcome.reason).toBe('done');
    expect(Buffer.byteLength(outcome.tail)).toBeLessThanOrEqual(8192);
  });
  test('cancelling ends the tree', async () => {
    const stop = new AbortController();
    const turn = turnOf('sleep 4243 & sleep 4243 & echo ready; wait', { sandbox });
    const outcome = await engine.run(
      turn,
      sessionOf(() => stop.abort()),
      stop.signal,
    );
    expect(outcome.reason).toBe('cancelled');
    expect(running('sleep 4243')).toEqual([]);
  });
  test('a turn cancelled before it starts runs nothing', async () => {
    const outcome = await run('touch ran', { sandbox }, AbortSignal.abort());
    expect(outcome).toEqual({ is: 'ended', reason: 'cancelled', exitCode: null, tail: '' });
    expect(existsSync(join(root, 'work/ran'))).toBe(false);
  });
  test('daemons do not outlive a turn that ended well', async () => {
    const daemon =
      '(setsid bash -c "trap \\"\\" TERM; exec -a entangle-daemon sleep 4244" </dev/null >/dev/null 2>&1 &)';
    const outcome = await run(`${daemon}; sleep 4245 & disown; echo done`, { sandbox });
    expect(outcome).toMatchObject({ reason: 'done', tail: 'done\n' });
    expect([...running('entangle-daemon 4244'), ...running('sleep 4245')]).toEqual([]);
  });
  test('a daemon that holds the output open does not hold the turn', async () => {
    const outcome = await run('(setsid sleep 4246 &) ; echo done', { sandbox });
    expect(outcome).toMatchObject({ reason: 'done', tail: 'done\n' });
    expect(running('sleep 4246')).toEqual([]);
  });
  test.each([
    ['bytes', 'head -c 3000000 /dev/zero > big', { diskBytes: 2_000_000 }],
    ['bytes beside its workspace', 'head -c 3000000 /dev/zero > "$TMPDIR/big"', { diskBytes: 2_000_000 }],
    ['files', 'mkdir many; cd many; touch {1..300}', { diskEntries: 200 }],
  ])('what its files take of the disk is bounded: %s', async (_what, script, more) => {
    const outcome = await run(`${script}; sleep 4252`, { sandbox, ...limits(more) });
    expect(outcome).toMatchObject({
      reason: 'disk_limit',
      tail: expect.stringMatching(/too much room, more than/),
    });
    expect(running('sleep 4252')).toEqual([]);
    expect(await run(script, { sandbox, ...limits(more) })).toMatchObject({ reason: 'disk_limit' });
  });
  test('memory is bounded', async () => {
    const script = 'node -e "const a=[];setInterval(()=>a.push(Buffer.alloc(2e7,1)),5)"';
    const outcome = await run(script, { sandbox, ...limits({ memoryBytes: 300 * 1024 ** 2 }) });
    expect(outcome).toMatchObject({ reason: 'failed', tail: expect.stringMatching(/memory/) });
  });
  test('only the standard streams and those of directives are open', async () => {
    const { tail } = await run('echo /proc/$$/fd/*', { sandbox });
    expect(tail.match(/fd\/[0-9]+/g)).toEqual(expect.arrayContaining(['fd/0', 'fd/1', 'fd/2']));
    expect(
      tail.match(/fd\/([0-9]+)/g)!.filter((fd) => !/^fd\/([0-4]|255)$/.test(fd)).length,
    ).toBeLessThanOrEqual(1);
  });
  test('a task that nobody reads and a closed stdin do no harm', async () => {
    const outcome = await run('exec <&-; echo done', { sandbox, task: 'x'.repeat(1_000_000) });
    expect(outcome).toMatchObject({ reason: 'done', tail: 'done\n' });
  });
  test('a program of the workspace is not found where PATH has an empty or relative entry', async () => {
    writeFileSync(join(root, 'work/agent'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
    vi.stubEnv('PATH', `:.:${process.env.PATH}:`);
    const outcome = await run('agent', { sandbox }).finally(() => vi.unstubAllEnvs());
    expect(outcome).toMatchObject({ exitCode: 127, tail: expect.not.stringContaining('ran') });
  });
  test('a link that an earlier attempt left as task file is not written through', async () => {
    writeFileSync(join(root, 'victim'), 'untouched');
    symlinkSync(join(root, 'victim'), join(root, 'scratch/task.txt'));
    await run('true', { sandbox });
    expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('untouched');
  });
});

test('ends what an earlier attempt of the turn left running, and nothing of another turn', async () => {
  const scratchOf = (name: string) => join(root, name);
  const leave = (name: string) =>
    spawn('sleep', ['4247'], {
      env: { PATH: process.env.PATH, ENTANGLE_TASK_FILE: join(scratchOf(name), 'task.txt') },
      stdio: 'ignore',
      detached: true,
    });
  const [mine, others] = [leave('mine'), leave('others')];
  const ended = once(mine, 'exit');
  await engine.recover(scratchOf('mine'));
  expect(await ended).toEqual([null, 'SIGTERM']);
  expect(others.exitCode ?? others.signalCode).toBeNull();
  others.kill('SIGKILL');
  await once(others, 'exit');
});

test('what an engine asks on its own descriptor the session answers', async () => {
  const asked: string[] = [];
  const directive = async (line: string) => {
    asked.push(line);
    return 'answer';
  };
  const turn = turnOf('echo question >&3; read -r line <&4; echo "got $line"');
  const outcome = await engine.run(turn, { ...session, directive }, never);
  expect(asked).toEqual(['question']);
  expect(outcome).toMatchObject({ reason: 'done', tail: 'got answer\n' });
});

test('an empty command is refused', async () => {
  await expect(engine.run(turnOf('', { spec: spec() }), session, never)).rejects.toMatchObject({
    code: 'invalid',
  });
});

test.each<[string, Partial<ExecTurn>]>([
  ['a NUL in the command', { spec: spec('true', 'a\0b') }],
  ['a NUL in the program', { spec: spec('true\0') }],
  ['a workspace that hangs on where the runner is', { workspace: 'work' }],
  ['a scratch that hangs on where the runner is', { scratch: 'scratch' }],
])('%s is refused', async (_what, more) => {
  await expect(engine.run(turnOf('', more), session, never)).rejects.toMatchObject({ code: 'invalid' });
});

test('without bubblewrap a sandboxed turn is refused, and nothing runs', async () => {
  const bare = createExecEngine({ bwrap: join(root, 'no-bwrap') });
  const turn = turnOf('touch ran', { sandbox: 'bwrap' });
  await expect(bare.run(turn, session, never)).rejects.toMatchObject({
    code: 'unavailable',
    hint: expect.stringContaining('none'),
  });
  expect(existsSync(join(root, 'work/ran'))).toBe(false);
});

describe.runIf(available)('inside the sandbox', () => {
  const boxed = (script: string, more: Partial<ExecTurn> = {}) => run(script, { sandbox: 'bwrap', ...more });

  test('the system is read-only, and nothing beside the workspace is there', async () => {
    writeFileSync(join(root, 'beside'), 'SECRET');
    const { tail } = await boxed(
      `exec 2>&1; cat ${root}/beside; ls -A ${root}; touch /usr/x /etc/x; echo end`,
    );
    expect(tail).not.toContain('SECRET');
    expect(tail).toMatch(
      /\nscratch\nwork\n[\s\S]*cannot touch '\/usr\/x'[\s\S]*cannot touch '\/etc\/x'[\s\S]*end/,
    );
  });
  test('a hidden file and a hidden directory in the workspace are empty', async () => {
    mkdirSync(join(root, 'work/private'));
    writeFileSync(join(root, 'work/private/key'), 'SECRET');
    writeFileSync(join(root, 'work/token'), 'SECRET');
    const hidden = [join(root, 'work/private'), join(root, 'work/token'), join(root, 'not-there')];
    const { tail } = await boxed('cat private/key token; echo end', { hidden });
    expect(tail).not.toContain('SECRET');
    expect(tail).toContain('end');
  });
  test('a workspace below a hidden home is there, the rest of the home is not', async () => {
    mkdirSync(join(root, 'secret/turns/1'), { recursive: true });
    chmodSync(join(root, 'secret'), 0o711);
    writeFileSync(join(root, 'secret/key'), 'SECRET');
    const { tail, reason } = await boxed(`echo x > file; cat ../../key; ls -A ${root}/secret`, {
      workspace: join(root, 'secret/turns/1'),
    });
    expect(reason).toBe('done');
    expect(tail).not.toContain('SECRET');
    expect(readFileSync(join(root, 'secret/turns/1/file'), 'utf8')).toBe('x\n');
  });
  test('the runner is not among its processes', async () => {
    const { tail } = await boxed('ls /proc | grep -c "^[0-9]*$"; cat /proc/1/comm');
    expect(Number(tail.split('\n')[0])).toBeLessThan(10);
    expect(tail).toContain('bwrap');
  });
  test('a daemon that hid its environment too does not outlive its namespace', async () => {
    const { reason } = await boxed('(env -i setsid -f sleep 4248 </dev/null >/dev/null 2>&1 &); echo done');
    expect([reason, running('sleep 4248')]).toEqual(['done', []]);
  });
  test.each([
    ['ended well', 'echo done', 'done'],
    ['failed', 'exit 3', 'failed'],
  ])(
    'T92 a sandbox that forgot to end with its parent does not outlive a turn that %s',
    async (_how, end, reason) => {
      // Its first process has the engine's account, which can make it forget (`ptrace`, `prctl`)
      const bwrap = join(root, 'bwrap');
      const others = 'for a; do shift; [ "$a" = --die-with-parent ] || set -- "$@" "$a"; done';
      writeFileSync(bwrap, `#!/bin/bash\n${others}\nexec bwrap "$@"\n`, { mode: 0o755 });
      const scratch = join(root, 'a b\\c');
      mkdirSync(scratch, { mode: 0o700 });
      const script = `env -i setsid -f sleep 4249 </dev/null >/dev/null 2>&1; ${end}`;
      const lax = createExecEngine({ graceMs: 300, bwrap });
      const ended = await lax.run(turnOf(script, { sandbox: 'bwrap', scratch }), session, never);
      expect([ended.reason, running('sleep 4249')]).toEqual([reason, []]);
    },
  );
  test('T92 nor does it outlive a runner that was killed, once the next one starts', async () => {
    const [mine, others] = ['mine', 'others'].map((name) => {
      const scratch = join(root, 'scratch', name);
      mkdirSync(scratch);
      const view = ['--unshare-pid', '--dev-bind', '/', '/', '--bind', scratch, scratch];
      const box = spawn('bwrap', [...view, 'sh', '-c', 'echo up; exec sleep 4250'], {
        env: { PATH: '/usr/bin:/bin' },
      });
      return { scratch, box, up: once(box.stdout, 'data'), ended: once(box, 'exit') };
    });
    await Promise.all([mine!.up, others!.up]);
    await engine.recover(mine!.scratch);
    await mine!.ended;
    expect(others!.box.exitCode ?? others!.box.signalCode).toBeNull();
    await engine.recover(others!.scratch);
    await others!.ended;
  });
  test('of the network only what the policy lists is reached, and what was asked for is told', async () => {
    const server = createServer((socket) => socket.end('hello from outside'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const script = `cat < /dev/tcp/127.0.0.1/${port}`;
    const off = await boxed(script);
    const other = await boxed(script, { network: [`localhost:${port === 1024 ? 1025 : 1024}`] });
    const on = await boxed(script, { network: [`127.0.0.1:${port}`] });
    server.close();
    expect(off).toMatchObject({ reason: 'failed', tail: expect.not.stringContaining('hello') });
    expect(off).not.toHaveProperty('reached');
    expect(other).toMatchObject({
      reason: 'failed',
      tail: expect.not.stringContaining('hello'),
      reached: [],
    });
    expect(on).toMatchObject({
      ...{ reason: 'done', tail: 'hello from outside' },
      reached: [{ to: `127.0.0.1:${port}`, outcome: 'opened', connections: 1, received: 18 }],
    });
  });
});
