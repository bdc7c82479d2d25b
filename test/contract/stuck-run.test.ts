/** A run of tests that stands still ends, and says where: `npm test` would wait for ever, and nobody would hear for what. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { processesWith } from '../support/foreground.ts';

const ROOT = join(import.meta.dirname, '..', '..');
let root: string;
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs these tests, by their file, as `npm test` does; five minutes are far more than they need. */
function run(files: Readonly<Record<string, string>>) {
  root = mkdtempSync(join(tmpdir(), 'entangle-stuck-'));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const [name, body] of Object.entries(files))
    writeFileSync(
      join(root, name),
      `import { spawnSync } from 'node:child_process';\nimport { expect, test } from 'vitest';\n${body}`,
    );
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporters = ['default', join(ROOT, 'test/support/stuck-reporter.ts')].map(
    (one) => `--reporter=${one}`,
  );
  return spawnSync(process.execPath, [vitest, 'run', '--root', root, '--maxWorkers=2', ...reporters], {
    ...{ cwd: root, encoding: 'utf8', timeout: 300_000, killSignal: 'SIGKILL' },
    env: { ...process.env, STUCK_AFTER_MS: '30000' },
  });
}

test('a file that blocks its process is named with what it waits for, and nothing of it is left', () => {
  const { status, stdout, stderr } = run({
    'blocked.test.ts': `test('blocks', () => void spawnSync('sh', ['-c', 'sleep 4263; : ${process.pid}']));`,
    'other.test.ts': `test('other', () => expect(1).toBe(1));`,
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/STUCK: .*\n {2}\S*blocked\.test\.ts, where last .*\nWhat runs there:\n/);
  expect(stderr).toMatch(/\d+ +\S+ +\S+ +sh -c sleep 4263/);
  expect(stderr).not.toContain('other.test.ts, where');
  expect(stdout).toContain('other.test.ts');
  expect(processesWith(`sleep 4263; : ${process.pid}`)).toEqual([]);
});
