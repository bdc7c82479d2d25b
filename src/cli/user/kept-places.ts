/** A runner tells where kept work is by its place in its own home, which no message names: here it may be this one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '../../core/encoding/shell-word.ts';

const STORE = /(--git-dir )?\b(runner\/[a-z][a-z0-9-]{0,62}\/git\/[0-9a-f]{24})\b/g;

/** With the whole paths of the stores that are below `root`; what is elsewhere stays as it was told. */
export const withWholePlaces = (text: string, root: string): string =>
  text.replace(STORE, (told: string, option: string | undefined, place: string) => {
    const path = join(root, place);
    if (!existsSync(path)) return told;
    return option === undefined ? path : `${option}${shellWord(path)}`;
  });
