/** T94, T96: what reaches the disk before anybody is told, and what happens when the disk says no. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { type Child, hasTool, start } from '../support/child.ts';
import { isSlow } from '../support/counts.ts';
import { nameOf, sha256 } from '../support/ledger-events.ts';

const PROGRAM = bundledProgram(join(import.meta.dirname, '../support/ledger-child.ts'));
const STRACE = hasTool('strace', ['-f', '-o', '/dev/null', 'true']);
const LONG = 60_000;
let home: string;
let directory: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'entangle-disk-'));
  directory = join(home, 'ledger');
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Runs the program under strace; one thread for the disk makes "the n-th call" mean one thing. */
async function traced(options: string[], args: string[]): Promise<Child> {
  const command = ['-f', '-y', '-s', '100000', '-o', join(home, 'trace'), ...options];
  const child = start(
    'strace',
    [...command, process.execPath, PROGRAM, directory, 'exclusive', 'x', ...args],
    {
      UV_THREADPOOL_SIZE: '1',
    },
  );
  child.process.stdin?.end();
  await child.exit;
  return child;
}
const acksOf = (child: Child) =>
  child.lines.flatMap((line) => (line.startsWith('ack ') ? [Number(line.split(' ')[1])] : []));
const namesThere = async () => {
  const names: string[] = [];
  const follow = (line: { event: Parameters<typeof nameOf>[0] }) => names.push(nameOf(line.event));
  const ledger = await openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    follow,
    clock: systemClock,
    sha256,
  });
  await ledger.append(() => []);
  await ledger.close();
  return names;
};

/** A system call with the places in the trace where it began and ended. */
type Call = { name: string; text: string; began: number; ended: number };
async function callsOf(path: string): Promise<Call[]> {
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  for (const [at, line] of (await readFile(path, 'utf8')).split('\n').entries()) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    const call = resumed
      ? open.get(pid)
      : { name: /^\w+/.exec(rest)?.[0] ?? '', text: rest, began: at, ended: at };
    if (call === undefined) continue;
    if (resumed) Object.assign(call, { text: call.text + (resumed[2] ?? ''), ended: at });
    else calls.push(call);
    if (rest.endsWith('<unfinished ...>')) open.set(pid, call);
  }
  return calls;
}

describe.runIf(STRACE)('order of system calls', () => {
  test(
    'ledger: write, then fdatasync, then the acknowledgement; projection: fsync, rename, fsync of the directory',
    async () => {
      const calls0 = ['-e', 'trace=write,pwrite64,fdatasync,fsync,rename,ftruncate'];
      const child = await traced(calls0, ['12', '4']);
      expect(acksOf(child)).toHaveLength(12);
      const calls = await callsOf(join(home, 'trace'));
      for (let n = 1; n <= 12; n++) {
        const written = calls.find(
          (call) => call.name === 'pwrite64' && call.text.includes(`{\\"n\\":${n},`),
        )!;
        const acked = calls.find((call) => call.name === 'write' && call.text.includes(`"ack ${n} `))!;
        const synced = calls.find(
          (call) =>
            call.name === 'fdatasync' &&
            call.text.includes('/ledger/000001.ndjson') &&
            / = 0$/.test(call.text) &&
            call.began > written.ended &&
            call.ended < acked.began,
        );
        expect(synced, `line ${n}`).toMatchObject({ name: 'fdatasync' });
      }
      const order = calls.filter((call) => /\.new-|<[^>]*\/ledger>/.test(call.text) && call.name !== 'write');
      expect(order.slice(-3).map((call) => call.name)).toEqual(['fsync', 'rename', 'fsync']);
      expect(order.at(-3)?.text).toContain('.new-');
      expect(order.at(-2)?.text).toContain('projection.sqlite');
      expect(order.at(-1)?.text).not.toContain('.new-');
      // The name of the first segment is durable before its first line counts.
      const named = calls.find((call) => call.name === 'fsync' && /<[^>]*\/ledger>/.test(call.text))!;
      expect(named.ended).toBeLessThan(calls.find((call) => call.text.includes('"ack 1 '))!.began);
    },
    LONG,
  );
});

describe.runIf(STRACE)('T96: errors of the disk', () => {
  for (const [fault, call] of [
    ['EIO', 'fdatasync'],
    ['ENOSPC', 'pwrite64'],
    ['EROFS', 'pwrite64'],
  ] as const)
    test(
      `${fault} from ${call}: no acknowledgement from then on, exit 7, and the next start goes on`,
      async () => {
        const child = await traced(
          ['-e', `trace=${call}`, '-e', `inject=${call}:error=${fault}:when=4+`],
          ['0', '3'],
        );
        expect(await child.exit).toMatchObject({ code: 7 });
        expect(child.stderr()).toContain(`cannot be written: ${fault}`);
        const acked = acksOf(child);
        expect(acked.length).toBeGreaterThan(2);
        expect(acked.length).toBeLessThan(13);
        const names = await namesThere();
        for (const n of acked) expect(names[n - 1]).toBe(`x-${n - 1}`);
      },
      LONG,
    );

  test(
    'killed inside any of its writes and syncs, nothing acknowledged is lost',
    async () => {
      for (const [call, moments] of [
        ['pwrite64', isSlow ? [1, 2, 3, 4, 5, 6, 7] : [2, 5]],
        ['fdatasync', isSlow ? [1, 2, 3, 4, 5, 6, 7] : [1, 4]],
        ['fsync', isSlow ? [1, 2, 3, 4] : [2, 4]],
        ['rename', [1]],
      ] as const)
        for (const when of moments) {
          const child = await traced(
            ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${when}`],
            ['24', '3'],
          );
          expect(await child.exit, `${call} ${when}`).toMatchObject({ signal: 'SIGKILL' });
          const acked = acksOf(child);
          const names = await namesThere();
          expect(names.length).toBeGreaterThanOrEqual(acked.length);
          for (const n of acked) expect(names[n - 1]).toMatch(/^x-\d+$/);
          await rm(directory, { recursive: true });
        }
    },
    LONG * 3,
  );
});

test('T96: a file size limit in the middle of a line: no acknowledgement of it, the rest is there', async () => {
  // The shell's unit is 1,024 bytes (or 512): a few lines fit, the next is written in part.
  const child = start('bash', [
    '-c',
    'ulimit -f 8; exec "$@"',
    'bash',
    process.execPath,
    PROGRAM,
    directory,
    'exclusive',
    'x',
  ]);
  const end = await child.exit;
  expect(end.code === 7 || end.signal === 'SIGXFSZ').toBe(true);
  const acked = acksOf(child);
  expect(acked.length).toBeGreaterThan(2);
  const names = await namesThere();
  expect(names).toEqual(acked.map((n) => `x-${n - 1}`));
});
