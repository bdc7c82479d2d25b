/** How long a command takes before it does anything, beside a bare Node: a ratio, so only an idle machine can tell. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'start-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('starts in at most four times the time of Node itself', () => {
  const timeOf = (args: string[]): number => {
    const began = performance.now();
    spawnSync(process.execPath, args, { cwd: home, env: { HOME: home }, stdio: 'ignore' });
    return performance.now() - began;
  };
  writeFileSync(join(home, 'g.yaml'), 'graph: acme\nnodes: {}\nedges: []\n');
  const command = [join(root, 'bin/run.js'), 'graph', 'validate', 'g.yaml'];
  timeOf(command);
  // Turn about, and until it is clear: other work on the machine makes single runs slow, never fast.
  let bare = Number.POSITIVE_INFINITY;
  let ours = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 60 && (round < 8 || ours >= 4 * bare); round += 1) {
    bare = Math.min(bare, timeOf(['-e', '0']));
    ours = Math.min(ours, timeOf(command));
  }
  expect(ours / bare).toBeLessThan(4);
});
