/** T98: whoever has a short lock or waits for it is killed, or stopped before it had it: those that wait are served, in the order in which they came. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isLockHeld } from '../../src/adapters/system/lock.ts';
import { withLock } from '../../src/adapters/system/short-lock.ts';
import { type Child, startProgram } from '../support/child.ts';
import { times } from '../support/counts.ts';

const PROGRAM = join(import.meta.dirname, '../support/lock-child.ts');
const MANY = 5;
let root: string;
let path: string;
const children: Child[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-lock-'));
  path = join(root, 'lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
  await rm(root, { recursive: true, force: true });
});
const killed = async (child: Child): Promise<void> => {
  child.process.kill('SIGKILL');
  await child.exit;
};
const say = (child: Child): void => void child.process.stdin?.write('go\n');

/** The first has the lock; each other sits behind the one before. */
const queue = async (): Promise<Child[]> => {
  const all = Array.from({ length: MANY }, (_, n) => startProgram(PROGRAM, [path, `number ${n}`]));
  children.push(...all);
  for (const [n, child] of all.entries()) {
    await child.line(/^ready$/);
    say(child);
    if (n === 0) await child.line(/^held$/);
    else await expect.poll(() => isLockHeld(`${path}.next.${n - 1}`), { timeout: 60_000 }).toBe(true);
  }
  return all;
};

test('whoever of a queue is killed, nobody behind it waits for it', async () => {
  for (let round = 0; round < times(MANY, 5 * MANY); round++) {
    const all = await queue();
    const victim = round % MANY;
    await killed(all[victim]!);
    const served: number[] = [];
    const left = all.map((child, n) => ({ child, n })).filter(({ n }) => n !== victim);
    for (const { child, n } of left) {
      await child.line(/^held$/);
      served.push(n);
      expect(left.filter((one) => one.child.lines.includes('held')).map((one) => one.n)).toEqual(served);
      say(child);
      await child.line(/^released$/);
    }
    for (const child of all) await killed(child);
  }
});

test('killed at the moment at which it takes the lock, it is the next one’s turn', async () => {
  for (let round = 0; round < times(4, 40); round++) {
    const [first, second, third, ...more] = (await queue()) as [Child, Child, Child, ...Child[]];
    say(first);
    // Before, while or after it takes it: the moment moves through the turns of a poll
    for (let n = 0; n < round % 4; n++) await isLockHeld(`${path}.next.0`);
    await killed(second);
    await third.line(/^held$/);
    for (const child of [first, third, ...more]) await killed(child);
  }
});

test('who is stopped in front of all before it had the lock keeps nobody from it, and has its turn when it goes on', async () => {
  const [first, stopped, ...behind] = (await queue()) as [Child, Child, ...Child[]];
  stopped.process.kill('SIGSTOP');
  say(first);
  await first.line(/^released$/);
  // Nearly always in the order in which they came: a busy machine can make one as slow as if it were stopped
  for (const waiting = new Set(behind); waiting.size > 0; ) {
    const child = await Promise.any([...waiting].map((one) => one.line(/^held$/).then(() => one)));
    waiting.delete(child);
    // There is no time to wait, and it is told who keeps it from the lock
    await expect(none()).rejects.toMatchObject({
      message: expect.stringContaining(`held by ${nameOf(child)}`),
    });
    say(child);
    await child.line(/^released$/);
  }
  // Nobody has it: it is taken, not said to be had by who had it last
  expect(await none()).toBe('served');
  stopped.process.kill('SIGCONT');
  await stopped.line(/^held$/);
});
const none = () => withLock({ path, owner: 'hurried', timeoutMs: 0 }, async () => 'served');
const nameOf = (child: Child): string => `number ${children.indexOf(child)} (pid ${child.process.pid}`;
