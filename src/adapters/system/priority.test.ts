/** What gives way does so with all that it starts, and does not get it back. */
import { getPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type ChildStart, startProcess } from './child-process.ts';
import { BEHIND, behind } from './priority.ts';

/** It starts another once it is told to. */
const start: ChildStart = {
  program: '/bin/sh',
  args: ['-c', 'read go; nice'],
  ...{ env: { PATH: '/usr/bin:/bin' }, cwd: '/' },
};
const own = getPriority();
const saysOf = async (isBehind: boolean): Promise<number> => {
  const child = startProcess(start, { ownGroup: true, isBehind });
  child.stdin?.end('go\n');
  return Number(await text(child.stdout!));
};

test('a process that gives way has a lower priority, and so has what it starts; another has none', async () => {
  expect(await saysOf(true)).toBe(Math.max(own, BEHIND));
  expect(await saysOf(false)).toBe(own);
});

test('where nothing lowers it, it begins all the same', () => {
  expect(behind(null, start)).toEqual({ program: start.program, args: start.args });
});
