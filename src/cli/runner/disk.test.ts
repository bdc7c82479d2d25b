/** What `runner status` says of its disk is what is there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../../../test/support/git-fixtures.ts';
import { diskText, runnerDisk } from './disk.ts';

test('workspaces that are kept, what agents keep, and stores are counted, each with its bytes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-disk-'));
  expect(await runnerDisk(directory)).toMatchObject({
    workspaces: { count: 0, bytes: 0 },
    agents: { count: 0, bytes: 0 },
    stores: { count: 0, bytes: 0 },
  });
  writeFiles(directory, {
    'turns/a-1/workspace/x': 'x'.repeat(3 * 1024 ** 2),
    'turns/agent-b/home/x': 'x'.repeat(4_500_000),
    'git/0/objects/x': 'x'.repeat(1024 ** 2),
    'git/1/objects/x': 'x',
  });
  const found = await runnerDisk(directory, 2048);
  expect([found.workspaces.count, found.agents.count, found.stores.count]).toEqual([1, 1, 2]);
  expect(found.workspaces.bytes).toBeGreaterThanOrEqual(3 * 1024 ** 2);
  expect(found.workspaces.bytes).toBeLessThan(4 * 1024 ** 2);
  expect(diskText(found)).toBe(
    '1 workspace, 4 MiB; a turn may take 8192 MiB\n1 home of agents, 5 MiB; each may keep 128 MiB\n2 stores of repositories, 2 MiB\n' +
      `9 MiB of at most 2048 MiB, and ${found.workspaces.entries + found.agents.entries + found.stores.entries} names of at most ${found.most.entries}`,
  );
  rmSync(directory, { recursive: true });
});
