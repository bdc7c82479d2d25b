/** How much memory this process may have, in MiB: of its machine, or what its control group leaves it of that. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const MIB = 1_048_576;
const GROUPS = '/sys/fs/cgroup';

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** Of version 2, from the group to the root; where none of them is mounted here, the names give nothing. */
const groupsOf = (self: string): string[] => {
  const path = /^0::(\/.*)$/m.exec(self)?.[1] ?? '/';
  const groups: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    groups.push(at);
    if (at === '/') return groups;
  }
};

/** Null where neither says anything. `read` is given paths of the system. */
export const memoryHere = async (
  read: (path: string) => Promise<string> = textOf,
): Promise<number | null> => {
  const total = /^MemTotal:\s+(\d+) kB$/m.exec(await read('/proc/meminfo'))?.[1];
  const groups = groupsOf(await read('/proc/self/cgroup'));
  const limits = await Promise.all([
    ...groups.map((group) => read(join(GROUPS, group, 'memory.max'))),
    read(join(GROUPS, 'memory/memory.limit_in_bytes')),
  ]);
  // "max" is no number, and no group has a limit above all there is
  const bytes = limits.filter((text) => /^\d+\s*$/.test(text)).map(Number);
  const all = [...(total === undefined ? [] : [Number(total) * 1024]), ...bytes];
  return all.length === 0 ? null : Math.max(1, Math.floor(Math.min(...all) / MIB));
};
