/** What a runner says it can do is tried before it says so. */
import { requireSandbox } from '../../adapters/engines/probe.ts';
import { insideNode } from '../../adapters/engines/programs.ts';
import { isReadable } from '../../adapters/engines/view.ts';
import { findProgram, runProcess, searchPath } from '../../adapters/system/child-process.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SandboxKind } from '../../core/vocabulary.ts';

const PATIENCE_MS = 10_000;

/** Throws `unavailable`, with what to do, for the first thing that this machine has not. */
export const requireCapabilities = async (sandbox: readonly SandboxKind[]): Promise<void> => {
  await requireGit();
  if (!sandbox.includes('bwrap')) return;
  await requireSandbox();
  requireInsideNode();
};

/** The tools and the network of a fenced turn are carried by a Node that its account can read. */
export const requireInsideNode = (own?: string): void => {
  if (isReadable(insideNode({ sandbox: 'bwrap' }, own))) return;
  throw new EntangleError(
    'unavailable',
    'no sandbox can read the program that carries tools and network into it',
    {
      hint: 'put this program where every account can read it, or install Node there and on PATH, or use sandbox none for no isolation',
    },
  );
};

/** Git as it is started here, in its own words. */
export const requireGit = async (): Promise<{ program: string; version: string }> => {
  const program = findProgram('git');
  if (program !== null) {
    const start = { program, args: ['--version'], env: { PATH: searchPath() }, cwd: '/' };
    const { code, stdout } = await runProcess(start, PATIENCE_MS);
    if (code === 0) return { program, version: stdout.trim() };
  }
  throw new EntangleError('unavailable', `git ${program === null ? 'is not on PATH' : 'does not start'}`, {
    hint: 'install git: a runner fetches and publishes with it',
  });
};
