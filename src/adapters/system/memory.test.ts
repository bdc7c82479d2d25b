import { expect, test } from 'vitest';
import { memoryHere } from './memory.ts';

const MEMINFO = 'MemTotal:        8000000 kB\nMemFree: 1 kB\n';
const here = (files: Record<string, string>) => memoryHere(async (path) => files[path] ?? '');
const total = { '/proc/meminfo': MEMINFO };

test.each([
  ['the memory of the machine', total, 7812],
  ['what its group has of it', { ...total, '/sys/fs/cgroup/memory.max': '1073741824\n' }, 1024],
  ['not a group without a limit', { ...total, '/sys/fs/cgroup/memory.max': 'max\n' }, 7812],
  [
    'the least of the groups that it is in',
    {
      ...total,
      '/proc/self/cgroup': '0::/a.slice/b.scope\n',
      '/sys/fs/cgroup/a.slice/memory.max': '2147483648\n',
      '/sys/fs/cgroup/a.slice/b.scope/memory.max': '3221225472\n',
    },
    2048,
  ],
  ['a group of the older kind', { ...total, '/sys/fs/cgroup/memory/memory.limit_in_bytes': '1048576\n' }, 1],
  ['no group that has more than there is', { ...total, '/sys/fs/cgroup/memory.max': '9'.repeat(18) }, 7812],
  ['nothing where nothing is said', {}, null],
] as const)('is %s', async (_, files, mib) => expect(await here(files)).toBe(mib));

test('this machine says how much it has', async () => {
  expect(await memoryHere()).toBeGreaterThan(64);
});
