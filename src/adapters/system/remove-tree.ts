/** Removes what an engine may have filled: as a stream of names, however many there are, and whatever their modes. */
import { lstat, opendir, rm, rmdir, unlink } from 'node:fs/promises';
import { EntangleError } from '../../core/errors.ts';
import { findProgram, runProcess, searchPath } from './child-process.ts';
import { pathBelow, stepBelow } from './open-below.ts';

const PATIENCE_MS = 10 * 60_000;
/** As many entries, so deep, are removed here, which costs less than to start a program. */
const FEW = { entries: 300, depth: 24 };

/** Nothing of it is followed; nothing is wrong where there is nothing. */
export const removeTree = async (path: string): Promise<void> => {
  if (await isMissing(path)) return;
  if (await removeFew(path)) return;
  const program = findProgram('rm');
  // Node's own lists each directory whole before it takes the first name away
  if (program === null) return rm(path, { recursive: true, force: true });
  const remove = () => run(program, ['-rf', '--', path]);
  if (await remove()) return;
  // An engine may close a directory to its owner, and so to us
  await run(findProgram('chmod') ?? '/bin/chmod', ['-R', 'u+rwX', '--', path]);
  if (!(await remove())) throw new EntangleError('unavailable', `${path} cannot be removed`);
};

const isMissing = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );

/** Whether all of it is gone; what is in the way of that, the program is better at. */
const removeFew = async (path: string): Promise<boolean> => {
  let left = FEW.entries;
  /** Through the directory as it was opened: what is put in its place meanwhile is not reached. */
  const empty = async (at: string | Buffer, depth: number): Promise<void> => {
    const directory = await stepBelow(at);
    try {
      const here = `/proc/self/fd/${directory.fd}`;
      for await (const entry of await opendir(here, { encoding: 'latin1' })) {
        left -= 1;
        if (left < 0 || depth > FEW.depth) throw new Error('many');
        const name = pathBelow(here, entry.name);
        if (entry.isDirectory()) await empty(name, depth + 1).then(() => rmdir(name));
        else await unlink(name);
      }
    } finally {
      await directory.close();
    }
  };
  return empty(path, 1)
    .then(() => rmdir(path))
    .then(
      () => true,
      () => false,
    );
};

const run = async (program: string, args: readonly string[]): Promise<boolean> =>
  (await runProcess({ program, args, env: { PATH: searchPath() }, cwd: '/' }, PATIENCE_MS)).code === 0;
