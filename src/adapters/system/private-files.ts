/** Texts in files that are there while something reads them, below a directory of their own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WithFiles } from '../../ports/index.ts';

/** What a process that was killed left there goes first; nobody else may use the directory. */
export const privateFiles = async (directory: string): Promise<WithFiles> => {
  await rm(directory, { recursive: true, force: true });
  return async (texts, work) => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const own = await mkdtemp(join(directory, 'of-'));
    try {
      for (const [name, text] of Object.entries(texts))
        await writeFile(join(own, name), text, { flag: 'wx', mode: 0o400 });
      return await work((name) => join(own, name));
    } finally {
      await rm(own, { recursive: true, force: true });
    }
  };
};
