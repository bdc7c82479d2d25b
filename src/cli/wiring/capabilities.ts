/** What a runner says it can do is tried before it says so. */
import { requireSandbox } from '../../adapters/engines/probe.ts';
import { findProgram, runProcess, searchPath } from '../../adapters/system/child-process.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SandboxKind } from '../../core/vocabulary.ts';

const PATIENCE_MS = 10_000;

/** Throws `unavailable`, with what to do, for the first thing that this machine has not. */
export const requireCapabilities = async (sandbox: readonly SandboxKind[]): Promise<void> => {
  await requireGit();
  if (sandbox.includes('bwrap')) await requireSandbox();
};

const requireGit = async (): Promise<void> => {
  const program = findProgram('git');
  const start = { args: ['--version'], env: { PATH: searchPath() }, cwd: '/' };
  if (program !== null && (await runProcess({ program, ...start }, PATIENCE_MS)).code === 0) return;
  throw new EntangleError('unavailable', `git ${program === null ? 'is not on PATH' : 'does not start'}`, {
    hint: 'install git: a runner fetches and publishes with it',
  });
};
