import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { probeSandbox } from '../../adapters/engines/probe.ts';
import { findProgram } from '../../adapters/system/child-process.ts';
import { requireCapabilities, requireInsideNode } from './capabilities.ts';

const { available } = await probeSandbox();
const found = ['git', 'bwrap'].flatMap((name) => findProgram(name) ?? []);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'entangle-node-'));
  chmodSync(directory, 0o755);
  // Nothing of the machine is found
  vi.stubEnv('PATH', directory);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});
const program = (name: string, mode: number): string => {
  const path = join(directory, name);
  writeFileSync(path, '');
  chmodSync(path, mode);
  return path;
};

test('a sandbox needs a Node that its account can read: this program, or one on PATH', () => {
  expect(() => requireInsideNode(program('readable', 0o755))).not.toThrow();
  const own = program('own', 0o300);
  const refused = {
    code: 'unavailable',
    message: expect.stringContaining('no sandbox can read the program'),
  };
  expect(() => requireInsideNode(own)).toThrow(expect.objectContaining(refused));
  program('node', 0o755);
  expect(() => requireInsideNode(own)).not.toThrow();
});

test.runIf(available)('a runner that offers a sandbox does not start without one', async () => {
  for (const path of found) symlinkSync(path, join(directory, basename(path)));
  await requireCapabilities(['bwrap']);
  const { execPath } = process;
  process.execPath = program('own', 0o300);
  try {
    await expect(requireCapabilities(['bwrap'])).rejects.toThrow('no sandbox can read the program');
    await requireCapabilities(['none']);
  } finally {
    process.execPath = execPath;
  }
});
