/**
 * Symbolic links: those that stay in the tree are links in a workspace too, and come back as links. All others are not
 * written, and stay in the commit as they are; where they lead is nothing that an engine was given.
 */
import { symlink, unlink } from 'node:fs/promises';
import { isGitName } from '../../core/source/paths.ts';
import { pathBelow } from '../system/open-below.ts';
import { isLink, readBlobs, type TreeEntry } from './entries.ts';

/** Longest target that Linux takes. */
const MAX_TARGET = 4095;

/**
 * True for a target that cannot lead out: relative, `..` only at its beginning and no more often than there are
 * directories above. Below a real directory each further name can only be a file, a directory or another such link.
 */
export const leadsInside = (path: string, target: string): boolean => {
  if (target === '' || Buffer.byteLength(target) > MAX_TARGET || target.startsWith('/')) return false;
  if (/[\u0000-\u001f\u007f-\u009f\ufffd\\]/.test(target)) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const climbs = up === -1 ? parts.length : up;
  if (climbs > path.split('/').length - 1) return false;
  return parts.slice(climbs).every((part) => part !== '..' && !isGitName(part));
};

/** Targets of the links of a commit by their raw paths; null for those that are not written into a workspace. */
export const linkTargets = async (
  store: string,
  entries: readonly TreeEntry[],
): Promise<Map<string, string | null>> => {
  const links = entries.filter(isLink);
  const targets = await readBlobs(
    store,
    links.filter(({ size }) => size <= MAX_TARGET),
  );
  return new Map(
    links.map(({ id, raw, path, isOdd }) => {
      const target = Buffer.from(targets.get(id) ?? []).toString('utf8');
      return [raw, !isOdd && leadsInside(path, target) ? target : null];
    }),
  );
};

/** git wrote each link as a file with its target: makes the link of it, or leaves nothing there. */
export const writeLinks = async (
  store: string,
  entries: readonly TreeEntry[],
  directory: string,
): Promise<void> => {
  for (const [raw, target] of await linkTargets(store, entries)) {
    const at = pathBelow(directory, raw);
    await unlink(at);
    if (target !== null) await symlink(target, at);
  }
};
