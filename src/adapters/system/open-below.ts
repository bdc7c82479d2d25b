/** Opens what lies below a directory that somebody else writes, through its directories one by one: no link is followed. */
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, opendir, readlink } from 'node:fs/promises';

export type { FileHandle } from 'node:fs/promises';

/** The path of a raw name (one character for each byte), as bytes. */
export const pathBelow = (root: string, raw: string): Buffer =>
  raw === '' ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), Buffer.from(raw, 'latin1')]);

// O_NONBLOCK: a pipe put in place of the file must not make us wait for its other end
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const WALK = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Opens a directory that is the next on the way. */
export const stepBelow = (path: string | Buffer): Promise<FileHandle> => open(path, WALK);

/**
 * Gives `work` the path of the last part of a raw name below its directory, as that directory was opened: whatever is put
 * in its place meanwhile leads nowhere.
 */
export const reachBelow = async <T>(
  root: string,
  raw: string,
  work: (path: Buffer) => Promise<T>,
  step: (path: Buffer) => Promise<FileHandle> = stepBelow,
): Promise<T> => {
  const parts = raw.split('/');
  const name = parts.pop()!;
  let at = await stepBelow(root);
  try {
    for (const part of parts) {
      const next = await step(pathBelow(`/proc/self/fd/${at.fd}`, part));
      await at.close();
      at = next;
    }
    return await work(pathBelow(`/proc/self/fd/${at.fd}`, name));
  } finally {
    await at.close();
  }
};

export const openBelow = (root: string, raw: string): Promise<FileHandle> =>
  reachBelow(root, raw, (path) => open(path, READ));

/** Target of a symbolic link, which is not followed. */
export const linkBelow = (root: string, raw: string): Promise<string> =>
  reachBelow(root, raw, (path) => readlink(path, { encoding: 'utf8' }));

/** What is in a directory, with raw names; one that was swapped for a link since it was seen is not listed. */
export async function* listBelow(root: string, raw: string): AsyncGenerator<Dirent> {
  const directory = await (raw === '' ? stepBelow(root) : reachBelow(root, raw, stepBelow));
  try {
    yield* await opendir(`/proc/self/fd/${directory.fd}`, { encoding: 'latin1' });
  } finally {
    await directory.close();
  }
}
