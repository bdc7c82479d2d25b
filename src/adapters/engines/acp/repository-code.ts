/** Files of a repository that its agent runs unasked at its start, beside its key, whatever it is told: no turn begins over one. */
import { readdir } from 'node:fs/promises';
import { EntangleError } from '../../../core/errors.ts';

/** `names`: in the directory that the agent starts in, in any case, since some disks do not tell cases apart. */
export const requireNoneOf = async (names: readonly string[], workspace: string): Promise<void> => {
  if (names.length === 0) return;
  const found = (await readdir(workspace)).find((name) => names.includes(name.toLowerCase()));
  if (found === undefined) return;
  throw new EntangleError(
    'invalid',
    `the agent was not started: the repository has "${found}", and this agent runs code that such a file names without asking`,
    { hint: 'remove the file from the branch, or give the node another agent' },
  );
};
