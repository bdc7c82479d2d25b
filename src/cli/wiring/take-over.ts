/** The command by which an operator says that one home of a Host goes on. */
import { dirname } from 'node:path';
import { shellWord } from '../../core/encoding/shell-word.ts';

/** Its home is named: one that was restored or copied is seldom the usual one, in which another Host may be. */
export const takeOverOf = (directory: string): string =>
  `entangle host serve --take-over --home ${shellWord(dirname(directory))}`;
