/** T94, T98: a ledger whose processes are killed, stopped, and share it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenLedgerOptions, openLedger } from '../../src/adapters/ledger/ledger.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { acquireLock } from '../../src/adapters/system/lock.ts';
import { type Line, verifyChain } from '../../src/core/ledger/line.ts';
import { type Child, startProgram } from '../support/child.ts';
import { times } from '../support/counts.ts';
import { nameOf, sha256 } from '../support/ledger-events.ts';
import { markSigner } from '../support/ledger-marks.ts';

const PROGRAM = join(import.meta.dirname, '../support/ledger-child.ts');
let directory: string;
const children: Child[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-crash-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL');
    await child.exit;
  }
  await rm(directory, { recursive: true, force: true });
});
const program = (...args: string[]) => {
  const child = startProgram(PROGRAM, [directory, ...args]);
  children.push(child);
  return child;
};
const openHere = async (options: Partial<OpenLedgerOptions> = {}) => {
  const lines: Line[] = [];
  const follow = (line: Line) => lines.push(line);
  const ledger = await openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    follow,
    clock: systemClock,
    sha256,
    acquireLock,
    ...options,
  });
  await ledger.close();
  return lines;
};

test('T94: killed at any moment, every acknowledged line is there again, numbered without gaps', async () => {
  const acked = new Map<number, string>();
  for (let round = 0; round < times(6, 200); round++) {
    const child = program('exclusive', `round${round}`, '0', String(1 + (round % 7)));
    // The moment moves through the program: at its start, after few and after many lines.
    await child.line(
      round % 5 === 0 ? /^ready$/ : new RegExp(`^ack \\d+ round${round}-${(round * 7) % 60}$`),
    );
    child.process.kill('SIGKILL');
    expect((await child.exit).signal).toBe('SIGKILL');
    for (const [, n, name] of child.lines.join('\n').matchAll(/^ack (\d+) (\S+)$/gm))
      acked.set(Number(n), name!);
    const lines = await openHere();
    expect(verifyChain(sha256, lines).n).toBe(lines.length);
    for (const [n, name] of acked) expect(nameOf(lines[n - 1]!.event)).toBe(name);
  }
  expect(acked.size).toBeGreaterThan(50);
});

test('killed while it seals and marks: what was before is there, or this, and what it covers is what is there', async () => {
  const told: string[] = [];
  const marks = markSigner(7);
  for (let kill = 0; kill < times(2, 100); kill++) {
    const round = kill % 5;
    // Each start goes over all of it several times: a new ledger now and then
    if (round === 0) await rm(directory, { recursive: true });
    const child = program('exclusive', `round${round}`, '0', '64', 'marked');
    // A mark follows the acknowledgement of each 1,024th line or so; a seal each two hundredth.
    await child.line(new RegExp(`^ack \\d+ round${round}-${1_000 + kill * 16}$`));
    child.process.kill('SIGKILL');
    await child.exit;
    const whole = await openHere();
    const fast = await openHere({ marks, known: whole.length, onMark: (why) => told.push(why) });
    expect(fast).toEqual(whole.slice(whole.length - fast.length));
    expect((await openHere({ marks, known: whole.length })).length).toBeLessThan(256);
    expect(await openHere({ marks })).toEqual(whole);
    const names = await readdir(directory);
    const [segments, seals] = ['.ndjson', '.seal'].map((end) => names.filter((name) => name.endsWith(end)));
    expect(seals!.length).toBe(segments!.length - 1);
    expect(seals!.length).toBeGreaterThan(2 + 2 * round);
  }
  expect(told).toEqual([]);
});

test('two processes share a ledger: one chain, one order, nothing lost', async () => {
  const both = [program('shared', 'one', '200', '10'), program('shared', 'two', '200', '10')];
  await Promise.all(both.map((child) => child.line(/^ready$/)));
  for (const child of both) child.process.stdin?.write('go\n');
  await Promise.all(both.map((child) => child.line(/^done$/)));
  const views = [];
  for (const child of both) {
    child.process.stdin?.write('report\n');
    views.push(JSON.parse(await child.line(/^\{/)) as { head: { n: number }; seen: string[] });
  }
  expect(views[0]).toEqual(views[1]);
  const lines = await openHere();
  expect(verifyChain(sha256, lines)).toEqual(views[0]?.head);
  expect(lines.map((line) => nameOf(line.event))).toEqual(views[0]?.seen);
  for (const name of ['one', 'two'])
    expect(views[0]?.seen.filter((text) => text.startsWith(name))).toEqual(
      Array.from({ length: 200 }, (_, i) => `${name}-${i}`),
    );
  // The row of seats: neither starves while the other writes as fast as it can.
  const turns = lines.filter((line, i) => i > 0 && nameOf(line.event)[0] !== nameOf(lines[i - 1]!.event)[0]);
  expect(turns.length).toBeGreaterThan(5);
});

test('T98: a second server refuses in time and names the owner, also while that is stopped', async () => {
  const owner = program('exclusive', 'owner');
  await owner.line(/^ack 1 /);
  owner.process.kill('SIGSTOP');
  const start = performance.now();
  const second = program('exclusive', 'second');
  expect((await second.exit).code).toBe(4);
  expect(performance.now() - start).toBeLessThan(60_000);
  expect(second.stderr()).toContain(`held by test owner (pid ${owner.process.pid}, since `);
  expect(second.lines).toEqual([]);

  owner.process.kill('SIGCONT');
  owner.process.kill('SIGKILL');
  await owner.exit;
  const third = program('exclusive', 'third', '1');
  await third.line(/^ack \d+ third-0$/);
});
