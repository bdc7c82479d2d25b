/** A home that is not there, and what to do: one word for it wherever it is missed. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fits, isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { NAME } from '../../core/grammars.ts';
import { HOME_KINDS } from '../../core/vocabulary.ts';

export const NO_HOST =
  'run `entangle up` in a repository, make a Host with `entangle host init`, or name its home with --home';

/** The home around the directory of a role: `host/NAME`, `runner/NAME` and `user/NAME`. */
const homeAround = (directory: string): string | null => {
  if (!existsSync(join(directory, 'config.yaml'))) return null;
  const above = dirname(directory);
  return isWord(HOME_KINDS, basename(above)) ? dirname(above) : null;
};

/** As flags: of a home that holds several by name, none may be the one that is taken without. */
const othersBeside = (directory: string): string[] => {
  const [above, kind] = [dirname(directory), basename(dirname(directory))];
  if (!isWord(HOME_KINDS, kind) || !existsSync(above)) return [];
  return readdirSync(above)
    .filter((name) => fits(NAME, name) && existsSync(join(above, name, 'config.yaml')))
    .sort()
    .slice(0, 8)
    .map((name) => `--${kind} ${name}`);
};

/** `directory`: of a role, where nothing is; somebody may have named such a one as the home. */
export const homeHint = (directory: string, missing: string): string => {
  const others = othersBeside(directory);
  if (others.length > 0) return `name the one that is meant: ${others.join(', ')}`;
  for (const above of [dirname(directory), dirname(dirname(directory))]) {
    const home = homeAround(above);
    if (home !== null) return `use --home ${home}: ${above} is the directory of one role in that home`;
  }
  return missing;
};

export const missingHome = (directory: string, missing: string): EntangleError =>
  new EntangleError('not_found', `no entangle home in ${directory}`, { hint: homeHint(directory, missing) });
