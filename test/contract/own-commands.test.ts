/** Commands that an engine has its runner run, by the real engine: what they see, what is told, and that they end with the turn. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExecEngine } from '../../src/adapters/engines/exec/engine.ts';
import { probeSandbox } from '../../src/adapters/engines/probe.ts';
import { treeDigest } from '../../src/adapters/engines/tree-digest.ts';
import { MAX_RUN } from '../../src/core/bounds.ts';
import type { SandboxKind } from '../../src/core/vocabulary.ts';
import type { Hands, OwnCommand } from '../../src/ports/index.ts';
import { watchDisk } from '../support/disk-calls.ts';

const { available } = await probeSandbox();
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-own-'));
  execFileSync('chmod', ['755', root]);
  for (const name of ['work', 'scratch']) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What `use` makes of the hands of a turn whose engine waits for it. */
const inTurn = async <T>(use: (hands: Hands) => Promise<T>, sandbox: SandboxKind = 'none'): Promise<T> => {
  let used: Promise<T> | undefined;
  await createExecEngine({ graceMs: 300 }).run(
    {
      spec: { type: 'exec', auth: 'none', command: ['bash', '-c', 'echo x >&3; read -r line <&4'] },
      ...{ task: 'the task', workspace: join(root, 'work'), scratch: join(root, 'scratch'), sandbox },
      ...{ hidden: [], attached: [], secrets: [], network: [] },
      limits: {
        ...{ timeMs: 60_000, outputBytes: 1_000_000, memoryBytes: 1024 ** 3 },
        ...{ diskBytes: 1024 ** 3, diskEntries: 10_000 },
      },
    },
    {
      ask: async () => ({ decision: 'rejected', reason: 'test' }),
      directive: async (_line, hands) => {
        used = use(hands!);
        await used.catch(() => undefined);
        return '{"ok":true}';
      },
      trace: () => undefined,
    },
    new AbortController().signal,
  );
  return used!;
};
const command = (script: string, more: Partial<OwnCommand> = {}): OwnCommand => ({
  ...{ argv: ['/bin/sh', '-c', script], cwd: '.', env: {}, stdin: '' },
  ...more,
});

test('T149 a command gives way to everything else, as its turn does', async () => {
  const behind = 'until [ "$(nice)" -ge 10 ]; do :; done; echo behind';
  expect(await inTurn((hands) => hands.run(command(behind)))).toMatchObject({ exit: 0, output: 'behind\n' });
});

test('a command gets its words, directory, environment and input; its exit code and output are told', async () => {
  mkdirSync(join(root, 'work/sub'));
  const asked = command('cat; echo "$GREETING $1"; pwd; exit 3', { cwd: 'sub', env: { GREETING: 'hi' } });
  const argv = [...asked.argv, 'sh', 'a "b"'];
  const ran = await inTurn((hands) => hands.run({ ...asked, argv, stdin: 'read me\n' }));
  expect(ran).toEqual({ exit: 3, isCut: false, output: `read me\nhi a "b"\n${join(root, 'work/sub')}\n` });
});

test('of much output the end is told, and that it is cut', async () => {
  const ran = await inTurn((hands) =>
    hands.run(command(`head -c ${2 * MAX_RUN.told} /dev/zero | tr '\\0' x; echo end`)),
  );
  expect([ran.isCut, ran.output.length, ran.output.slice(-4)]).toEqual([true, MAX_RUN.told, 'end\n']);
});

test('a program that is not there is told as one', async () => {
  const ran = await inTurn((hands) => hands.run(command('', { argv: ['/no/such/program'] })));
  expect(ran.exit).toBe(127);
});

test.runIf(available)(
  'in the sandbox of its turn it sees the workspace, and nothing of this machine’s temporary files',
  async () => {
    writeFileSync(join(root, 'beside'), 'x');
    const script = `test -d ${root}/work && test ! -e ${root}/beside && echo fenced`;
    expect((await inTurn((hands) => hands.run(command(script)), 'bwrap')).output).toBe('fenced\n');
  },
);

test.runIf(available)('T141 in the sandbox it has nothing of the HOME and TMPDIR of its engine', async () => {
  for (const place of ['home', 'tmp']) {
    mkdirSync(join(root, 'scratch', place));
    writeFileSync(join(root, 'scratch', place, '.planted'), 'x');
  }
  const script = 'ls -A "$HOME"; ls -d "$TMPDIR/.planted"; touch "$HOME/a" "$TMPDIR/b" && echo written';
  const { output } = await inTurn((hands) => hands.run(command(script)), 'bwrap');
  expect(output).toMatch(/^ls: [^\n]*\nwritten\n$/);
});

test('T141 what it leaves in the background has ended when it is told of', async () => {
  const isAlive = await inTurn(async (hands) => {
    const { output } = await hands.run(command('sleep 600 >/dev/null 2>&1 & echo $!'));
    try {
      return execFileSync('cat', [`/proc/${output.trim()}/stat`], {
        encoding: 'utf8',
        stdio: 'pipe',
      }).includes(') S');
    } catch {
      return false;
    }
  });
  expect(isAlive).toBe(false);
});

test.each<[string, Partial<OwnCommand>]>([
  ['a directory outside', { cwd: '../scratch' }],
  ['an absolute directory', { cwd: '/' }],
  ['a NUL in a word', { argv: ['a\0b'] }],
  ['a name of the runner in its environment', { env: { ENTANGLE_TASK_FILE: 'x' } }],
  ['an environment that no shell takes', { env: { 'a b': 'x' } }],
])('T141 with %s it cannot run', async (_what, more) => {
  expect(await inTurn(async (hands) => hands.objection(command('true', more)))).not.toBeNull();
});

describe('the digest of the files', () => {
  const tree = () => inTurn((hands) => hands.tree());
  test.each<[string, (work: string) => void]>([
    ['another content', (work) => writeFileSync(join(work, 'a'), '2')],
    ['one file more', (work) => writeFileSync(join(work, 'b'), '')],
    ['another mode', (work) => execFileSync('chmod', ['755', join(work, 'a')])],
    ['a link in its place', (work) => execFileSync('ln', ['-sf', 'b', join(work, 'a')])],
    ['an empty directory', (work) => mkdirSync(join(work, 'c'))],
  ])('T141 is another with %s, and else the same', async (_what, change) => {
    const work = join(root, 'work');
    writeFileSync(join(work, 'a'), '1', { mode: 0o644 });
    const before = await tree();
    rmSync(join(root, 'scratch'), { recursive: true });
    mkdirSync(join(root, 'scratch'));
    expect(await tree()).toBe(before);
    change(work);
    rmSync(join(root, 'scratch'), { recursive: true });
    mkdirSync(join(root, 'scratch'));
    expect(await tree()).not.toBe(before);
  });

  test('of what went meanwhile is none, and says so without the paths of this machine', async () => {
    rmSync(join(root, 'work'), { recursive: true });
    const error = await treeDigest(join(root, 'work')).catch((why: unknown) => why);
    expect(error).toMatchObject({ code: 'conflict', message: expect.not.stringContaining(root) });
    expect(error).toMatchObject({ hint: expect.stringContaining('ask again') });
  });

  test('T122 of 200,000 names no more are read than may be there', () => {
    // So many files are made in memory, where there is such a place
    const from = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : root, 'entangle-own-'));
    execFileSync('bash', ['-c', 'seq 200000 | xargs -n 20000 touch'], { cwd: from });
    const program = `
      const { treeDigest } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/adapters/engines/tree-digest.ts'))});
      const before = process.resourceUsage().maxRSS;
      const why = await treeDigest(${JSON.stringify(from)}, { files: 100, fileBytes: 1000 }).catch((error) => error.message);
      console.log(JSON.stringify([why, process.resourceUsage().maxRSS - before]));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    rmSync(from, { recursive: true });
    const [words, grownKiB] = JSON.parse(said);
    expect(words).toContain('more than');
    expect(grownKiB).toBeLessThan(16 * 1024);
  });

  test('T122 of a turn that is over is none', async () => {
    const { hands } = await inTurn(async (own) => ({ hands: own }));
    await expect(hands.tree()).rejects.toThrow('the turn is over');
  });

  test.each<[string, string, boolean]>([
    ['sub/link', '/etc/hostname', false],
    ['sub/link', '../../scratch/home/build.sh', false],
    ['link', '../work/a', false],
    ['sub/link', '.././../scratch/none', false],
    // `self` is a link to the workspace itself
    ['link', 'self/../scratch', false],
    ['sub/link', '../a', true],
    ['sub/link', '..//.', true],
    ['link', './sub/..x', true],
    ['link', 'sub/none', true],
  ])('T141 with the link %s to %s a command can be bound: %s', async (name, target, isOne) => {
    const work = join(root, 'work');
    mkdirSync(join(work, 'sub'));
    writeFileSync(join(work, 'a'), '');
    symlinkSync('.', join(work, 'self'));
    symlinkSync(target, join(work, name));
    const said = await treeDigest(work).catch((error: Error) => error.message);
    expect(said).toMatch(
      isOne ? /^[0-9a-f]{64}$/ : `"${name}" in its workspace is a link that may lead out of it`,
    );
  });

  test('T141 tells names apart that are no text', async () => {
    const named = async (byte: number) => {
      const path = Buffer.concat([Buffer.from(join(root, 'work/')), Buffer.of(byte)]);
      mkdirSync(path);
      writeFileSync(Buffer.concat([path, Buffer.from('/file')]), 'x');
      const digest = await treeDigest(join(root, 'work'));
      rmSync(path, { recursive: true });
      return digest;
    };
    expect(await named(0xff)).not.toBe(await named(0xfe));
  });

  test('T141 of what is behind a link that was put in place of a directory meanwhile is none', async () => {
    const [d, outside] = [join(root, 'work/d'), join(root, 'outside')];
    mkdirSync(join(d, 'e'), { recursive: true });
    mkdirSync(join(outside, 'e'), { recursive: true });
    writeFileSync(join(d, 'file'), 'x');
    const disk = await watchDisk(d, () => {
      rmSync(d, { recursive: true });
      symlinkSync(outside, d);
    }, ['read']);
    const error = await treeDigest(join(root, 'work'))
      .catch((why: unknown) => why)
      .finally(disk.restore);
    expect(readlinkSync(d)).toBe(outside);
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining('"d/e"') });
  });

  test('waits for no pipe', async () => {
    execFileSync('mkfifo', [join(root, 'work/pipe')]);
    expect(await tree()).toMatch(/^[0-9a-f]{64}$/);
  });
});
