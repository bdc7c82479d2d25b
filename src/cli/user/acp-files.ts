/** Files that the prompt of an editor names: those of the directory of its session, and none of entangle's own. */
import { realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EntangleError } from '../../core/errors.ts';
import type { OpenLink } from '../../services/user/editor-prompt.ts';
import { attachedBytes } from './attached-files.ts';

const refused = (what: string, hint: string): EntangleError => new EntangleError('usage', what, { hint });

/** Null for an address that is none of a file. */
const pathOf = (uri: string): string | null => {
  if (!/^file:/i.test(uri)) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    throw refused(`the prompt names a file by an address that is none: ${uri}`, 'give it by its whole path');
  }
};

const isInside = (directory: string, path: string): boolean => {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const real = (path: string): Promise<string> =>
  realpath(path).catch(() => {
    throw refused(`there is no ${path}`, 'name a file that is there');
  });

/** `home`: where keys and ledgers are, which may be in a repository. Places are compared when all links are followed. */
export const linksIn =
  (home: string) =>
  (cwd: string): OpenLink => {
    if (!isAbsolute(cwd)) throw refused('a session is of an absolute path', 'give the path from its root on');
    return async (uri, name) => {
      const path = pathOf(uri);
      if (path === null) return { is: 'words', text: `${name} (${uri})` };
      const [place, base, own] = [await real(path), await real(cwd), await real(home)];
      if (!isInside(base, place) || isInside(own, place))
        throw refused(
          `the prompt names ${path}, which is no file of ${cwd}`,
          'give what is elsewhere with `entangle user ask --attach`',
        );
      if ((await stat(place)).isDirectory()) return { is: 'words', text: relative(base, place) || '.' };
      return { is: 'file', name: basename(path), bytes: await attachedBytes(place) };
    };
  };
