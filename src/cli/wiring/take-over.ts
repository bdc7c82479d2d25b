/** One home of a Host goes on: the command by which an operator says so, and whether it is where it was. */
import { dirname } from 'node:path';
import { isInPlace } from '../../adapters/system/home-place.ts';
import { shellWord } from '../../core/encoding/shell-word.ts';
import { EntangleError } from '../../core/errors.ts';
import { forHost } from './named-host.ts';

/** Its home is named: one that was restored or copied is seldom the usual one, in which another Host may be. */
export const takeOverOf = (directory: string): string =>
  [
    forHost(directory, 'entangle host serve --take-over'),
    `--home ${shellWord(dirname(dirname(directory)))}`,
  ].join(' ');

/** Throws for one that is not where it last served. */
export const requireInPlace = async (directory: string): Promise<void> => {
  if (await isInPlace(directory)) return;
  throw new EntangleError(
    'conflict',
    `${directory} was copied, moved or restored since it last served: the Host that it comes from may still run, and two with one key must not`,
    { hint: `stop that one for good, then run \`${takeOverOf(directory)}\`` },
  );
};
