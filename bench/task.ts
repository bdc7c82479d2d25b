/**
 * What a task costs from its request to its result, as the ledger of who asked has their times, over processes and a relay,
 * where the engine does nothing. An editor's front end asks, so that no start of a command is in it.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { client, ndJsonStream } from '@agentclientprotocol/sdk';
import { atMost, compared, median, timed } from '../scripts/bench/measure.ts';
import { readLedger } from '../src/adapters/ledger/read.ts';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import { type CustomFederation, startCustomFederation } from '../test/support/custom-federation.ts';

const TASKS = 40;
/** An editor has 32 sessions at a time: for one task at a time there is one. */
const EDITORS = 3;
const TICK_MS = 10;

/** Processor milliseconds of a process with all that it waited for. */
const used = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS;
};

/** Of every process below this one. */
const usedByAll = (): number => {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // gone already
    }
  }
  const below = [...parents].filter(([, parent]) => parent === process.pid).map(([pid]) => pid);
  return below.reduce((sum, pid) => sum + used(pid), 0);
};

type Editor = { task(): Promise<void>; close(): void };
const openEditor = async (fed: CustomFederation): Promise<Editor> => {
  const home = fed.homes.alice!;
  const child = spawn(process.execPath, [BIN, 'user', 'acp', '--to', 'coder', '--home', home], {
    env: environment(home),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const stream = ndJsonStream(
    Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
    Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
  );
  const { agent } = client({ name: 'bench' }).connect(stream);
  await agent.request('initialize', { protocolVersion: 1, clientCapabilities: {} });
  const task = async (): Promise<void> => {
    const { sessionId } = await agent.request('session/new', { cwd: fed.here.root, mcpServers: [] });
    await agent.request('session/prompt', { sessionId, prompt: [{ type: 'text', text: 'nothing' }] });
  };
  return { task, close: () => void child.kill('SIGTERM') };
};

/** Milliseconds from request to result of every task, in the order of the results. */
const tookOf = async (fed: CustomFederation): Promise<number[]> => {
  const asked = new Map<string, number>();
  const took: number[] = [];
  for await (const { dir, at, event } of readLedger(join(fed.directory('alice'), 'ledger'), 1)) {
    const tag = (name: string) => event.tags.find(([one]) => one === name)?.[1] ?? '';
    const session = tag('session');
    if (dir === 'out' && tag('type') === 'task.request') asked.set(session, Date.parse(at));
    if (dir === 'in' && tag('type') === 'task.result') took.push(Date.parse(at) - asked.get(session)!);
  }
  return took;
};

/** So many at once, until at least so many are done; milliseconds of all. */
const burst = async (editors: readonly Editor[], atOnce: number, least: number): Promise<number> => {
  const before = performance.now();
  let left = Math.max(least, 2 * atOnce);
  const lane = async (number: number): Promise<void> => {
    while (left-- > 0) await editors[number % EDITORS]!.task();
  };
  await Promise.all(Array.from({ length: atOnce }, (_, i) => lane(i)));
  return performance.now() - before;
};

export const run = async (tasks = TASKS) => {
  const here = tempHomes();
  const fed = await startCustomFederation(here, {
    ...{ users: { alice: null }, agents: { coder: {} }, capacity: 64 },
    engines: { coder: { type: 'exec', auth: 'none', command: ['true'] } },
    edges: ['alice delegates_to coder'],
  });
  try {
    const editors = [await openEditor(fed)];
    const { task } = editors[0]!;
    await task();
    const bare: number[] = [];
    const runner = fed.serving('runner').child.pid!;
    const before = { all: usedByAll(), runner: used(runner) };
    for (let i = 0; i < tasks; i++) await task();
    const took = (await tookOf(fed)).slice(-tasks);
    const after = { all: usedByAll(), runner: used(runner) };
    for (let i = 0; i < tasks; i++) bare.push(timed(['-e', '0']));
    const node = median(bare);
    const rows = [
      compared('a task that does nothing, against node -e 0', median(took), node, 'ms', atMost(120, 'ours')),
      compared(
        'processor time of it in all processes',
        (after.all - before.all) / tasks,
        node,
        'ms',
        atMost(120, 'ours'),
      ),
      compared(
        'processor time of it in the runner',
        (after.runner - before.runner) / tasks,
        node,
        'ms',
        atMost(60, 'ours'),
      ),
    ];
    while (editors.length < EDITORS) editors.push(await openEditor(fed));
    for (const [atOnce, aSecond] of [
      [1, 8],
      [8, 16],
      [64, 16],
    ] as const) {
      const each = (await burst(editors, atOnce, tasks)) / Math.max(tasks, 2 * atOnce);
      rows.push(
        compared(`one of ${atOnce} such tasks at once`, each, node, 'ms', atMost(1_000 / aSecond, 'ours')),
      );
    }
    for (const one of editors) one.close();
    return rows;
  } finally {
    await fed.close();
  }
};

export const quick = () => run(15);
