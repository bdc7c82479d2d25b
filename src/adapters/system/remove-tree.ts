/** Removes what an engine may have filled: as a stream of names, however many there are, and whatever their modes. */
import { rm } from 'node:fs/promises';
import { EntangleError } from '../../core/errors.ts';
import { findProgram, runProcess, searchPath } from './child-process.ts';

const PATIENCE_MS = 10 * 60_000;

/** Nothing of it is followed; nothing is wrong where there is nothing. */
export const removeTree = async (path: string): Promise<void> => {
  const program = findProgram('rm');
  // Node's own lists each directory whole before it takes the first name away
  if (program === null) return rm(path, { recursive: true, force: true });
  const remove = () => run(program, ['-rf', '--', path]);
  if (await remove()) return;
  // An engine may close a directory to its owner, and so to us
  await run(findProgram('chmod') ?? '/bin/chmod', ['-R', 'u+rwX', '--', path]);
  if (!(await remove())) throw new EntangleError('unavailable', `${path} cannot be removed`);
};

const run = async (program: string, args: readonly string[]): Promise<boolean> =>
  (await runProcess({ program, args, env: { PATH: searchPath() }, cwd: '/' }, PATIENCE_MS)).code === 0;
