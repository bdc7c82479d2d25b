/** What gives way does so with all that it starts, and does not get it back. */
import { existsSync } from 'node:fs';
import { getPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type ChildStart, startProcess } from './child-process.ts';
import { BEHIND, behind } from './priority.ts';

/** It starts another once it is told to. */
const start: ChildStart = {
  program: '/bin/sh',
  args: ['-c', 'read go; nice; cat /proc/self/autogroup 2>/dev/null'],
  ...{ env: { PATH: '/usr/bin:/bin' }, cwd: '/' },
};
const own = getPriority();
const saysOf = async (isBehind: boolean): Promise<string[]> => {
  const child = startProcess(start, { ownGroup: true, isBehind });
  child.stdin?.end('go\n');
  return (await text(child.stdout!)).trim().split('\n');
};

test('a process that gives way has a lower priority, and so has what it starts; another has none', async () => {
  const [priority, group] = await saysOf(true);
  expect(Number(priority)).toBe(Math.max(own, BEHIND));
  // Not everywhere, and soon after another one only for root
  if (existsSync('/proc/self/autogroup') && process.getuid?.() === 0)
    expect(group).toMatch(new RegExp(`nice ${BEHIND}$`));
  expect(Number((await saysOf(false))[0])).toBe(own);
});

test('where nothing lowers it, it begins all the same', () => {
  expect(behind(null, start)).toEqual({ program: start.program, args: start.args });
});
