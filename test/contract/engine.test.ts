/** What an engine promises of a turn: a program of this machine, and a script in memory that plays the same. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExecEngine } from '../../src/adapters/engines/exec/engine.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { fromUtf8 } from '../../src/core/encoding/bytes.ts';
import type { EngineSpec } from '../../src/core/graph/engines.ts';
import type { Engine, EngineLimits, TurnEnd } from '../../src/ports/index.ts';
import { type FileTree, filesBelow } from '../sim/file-tree.ts';
import { type EngineScript, scriptedEngine } from '../sim/scripted-engine.ts';

/** One program, once for a shell and once for the simulation. */
type Program = { shell: string; script: EngineScript };
type Bench = { engine: Engine<EngineSpec<'exec'>>; workspace: string; scratch: string; made(): string[] };
type Make = (root: string, script: EngineScript) => Bench;

const program: Make = (root) => {
  const [workspace, scratch] = ['work', 'scratch'].map((name) => mkdtempSync(join(root, name)));
  const engine = createExecEngine({ graceMs: 300 });
  return { engine, workspace: workspace!, scratch: scratch!, made: () => readdirSync(workspace!) };
};
const memory: Make = (_, script) => {
  const files: FileTree = new Map();
  const engine = scriptedEngine({ runner: 'r1', files, clock: systemClock, script, runs: [] });
  const made = () => [...filesBelow(files, '/work').keys()];
  return { engine, workspace: '/work', scratch: '/scratch', made };
};

const HOUR = 3_600_000;
const LIMITS: EngineLimits = {
  timeMs: HOUR,
  outputBytes: 1_000_000,
  memoryBytes: 4 * 1024 ** 3,
  diskBytes: 1e9,
  diskEntries: 1e5,
};
/** Says that it began, sleeps, and would go on if it were let. */
const SLEEPER: Program = {
  shell: 'echo begun; sleep 3600; echo late; touch late',
  script: async ({ print, sleep, write }) => {
    print('begun\n');
    await sleep(HOUR);
    print('late\n');
    write('late', '');
  },
};

describe.each([
  ['program', program],
  ['memory', memory],
])('engine: %s', (_, make) => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'entangle-engine-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  type Setup = { limits?: Partial<EngineLimits>; signal?: AbortSignal; onText?: () => void };
  const run = async ({ shell, script }: Program, setup: Setup = {}) => {
    const bench = make(root, script);
    const chunks: Uint8Array[] = [];
    const asked: string[] = [];
    const { engine, workspace, scratch } = bench;
    const end = await engine.run(
      {
        ...{ spec: { type: 'exec', auth: 'none', command: ['bash', '-c', shell] }, task: 'the task' },
        ...{ workspace, scratch, sandbox: 'none', hidden: [], attached: [], secrets: [], network: [] },
        limits: { ...LIMITS, ...setup.limits },
      },
      {
        ask: async () => ({ decision: 'rejected', reason: 'test' }),
        directive: async (line) => {
          asked.push(line);
          return '{"ok":true}';
        },
        trace: ({ bytes }) => {
          chunks.push(bytes);
          setup.onText?.();
        },
      },
      setup.signal ?? new AbortController().signal,
    );
    return { end, told: Buffer.concat(chunks), asked, made: bench.made() };
  };
  const ended = (reason: TurnEnd['reason'], exitCode: number | null, tail: string): TurnEnd => ({
    is: 'ended',
    reason,
    exitCode,
    tail,
  });

  test('a turn that ends well is done; it read its task, wrote into its workspace, printed', async () => {
    const { end, told, made } = await run({
      shell: 'cat; echo; touch made',
      script: ({ task, print, write }) => {
        print(`${task}\n`);
        write('made', '');
      },
    });
    expect(end).toEqual(ended('done', 0, 'the task\n'));
    expect([fromUtf8(told), made]).toEqual(['the task\n', ['made']]);
  });

  test('a turn that ends otherwise failed, with the exit code', async () => {
    const script: EngineScript = ({ print }) => {
      print('oh no\n');
      return 3;
    };
    expect((await run({ shell: 'echo oh no; exit 3', script })).end).toEqual(ended('failed', 3, 'oh no\n'));
  });

  test('a directive is one line and has one line for an answer; it is nothing printed', async () => {
    const { end, asked, told } = await run({
      shell: `echo '{"a":1}' >&3; read -r answer <&4; echo "$answer"`,
      script: async ({ directive, print }) => print(`${await directive('{"a":1}')}\n`),
    });
    expect([end.reason, asked, fromUtf8(told)]).toEqual(['done', ['{"a":1}'], '{"ok":true}\n']);
  });

  test('the time limit ends it, and nothing of it goes on', async () => {
    const { end, told, made } = await run(SLEEPER, { limits: { timeMs: 200 } });
    expect(end).toEqual(ended('timed_out', null, fromUtf8(told)));
    expect(made).toEqual([]);
  });

  test('cancelling ends it, what it printed until then is its tail', async () => {
    const stop = new AbortController();
    const { end, told, made } = await run(SLEEPER, { signal: stop.signal, onText: () => stop.abort() });
    expect(end).toEqual(ended('cancelled', null, 'begun\n'));
    expect([fromUtf8(told), made]).toEqual(['begun\n', []]);
  });

  test('cancelled before it begins it runs nothing', async () => {
    const { end, told } = await run(SLEEPER, { signal: AbortSignal.abort() });
    expect([end, told.length]).toEqual([ended('cancelled', null, ''), 0]);
  });

  test('output over the limit ends it; what is over is not told', async () => {
    const over = { shell: `printf '%0300d' 0; ${SLEEPER.shell}`, script: SLEEPER.script };
    over.script = (turn) => {
      turn.print('0'.repeat(300));
      return SLEEPER.script(turn);
    };
    const { end, told, made } = await run(over, { limits: { outputBytes: 250 } });
    expect(end).toEqual(ended('output_limit', null, '0'.repeat(250)));
    expect([told.length, made]).toEqual([250, []]);
  });

  test('output up to the limit does not; the tail is the last 8 KiB', async () => {
    const all = `${'é'.repeat(5_000)}\n`;
    const shell = `printf 'é%.0s' {1..5000}; echo`;
    const { end, told } = await run(
      { shell, script: ({ print }) => print(all) },
      { limits: { outputBytes: 10_001 } },
    );
    expect([end.reason, told.length]).toEqual(['done', 10_001]);
    expect(Buffer.byteLength(end.tail)).toBeLessThanOrEqual(8192);
    expect(Buffer.byteLength(end.tail)).toBeGreaterThan(8180);
    expect(end.tail.endsWith(`${'é'.repeat(4_000)}\n`)).toBe(true);
  });
});
