/** References of the store, read where git keeps them: they cost no process. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fits } from '../../core/encoding/grammar.ts';
import { COMMIT_ID } from '../../core/grammars.ts';
import { checkBranch, checkCommit } from '../../core/source/remote.ts';
import { git, runGit } from './run.ts';

/** Flat, so that a branch that went is in no other's way: git keeps `a` and `a/b` in one place, and only one of them. */
export const trackingRef = (branch: string): string => {
  const flat = branch.replaceAll('%', '%25').replaceAll('/', '%2F');
  const isLong = Buffer.byteLength(flat) > 200;
  return `refs/remotes/origin/${isLong ? createHash('sha256').update(branch).digest('hex') : flat}`;
};

/** What it names, by its own file or else by the list of all; null where there is none, undefined where only git can tell. */
export const readRef = async (store: string, ref: string): Promise<string | null | undefined> => {
  const text = await textOf(join(store, ref));
  if (text === null) {
    const packed = await textOf(join(store, 'packed-refs'));
    return typeof packed === 'string' ? packedRef(packed, ref) : packed;
  }
  const id = text?.slice(0, -1);
  return id !== undefined && fits(COMMIT_ID, id) && text === `${id}\n` ? id : undefined;
};

const packedRef = (packed: string, ref: string): string | null | undefined => {
  const at = packed.indexOf(` ${ref}\n`);
  if (at === -1) return null;
  const id = packed.slice(packed.lastIndexOf('\n', at) + 1, at);
  return fits(COMMIT_ID, id) ? id : undefined;
};

const textOf = (path: string): Promise<string | null | undefined> =>
  readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? null : undefined,
  );

const COMMITS = 10_000;
/** Those of which git said to this process that they are in the store, with its path. */
const commits = new Set<string>();

/** The commit of a tracked branch, or of an id; null where the store has none. */
export const resolveName = async (store: string, name: string): Promise<string | null> => {
  const isId = fits(COMMIT_ID, name);
  const ref = isId ? name : trackingRef(checkBranch(name));
  const found = isId ? undefined : await readRef(store, ref);
  if (found === null) return null;
  if (found !== undefined && commits.has(`${store}\0${found}`)) return found;
  const args = ['--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const result = await runGit({ store, verb: 'rev-parse', args });
  const id = result.stdout.trim();
  if (result.code !== 0 || (isId && id !== name)) return null;
  if (commits.size >= COMMITS) commits.clear();
  commits.add(`${store}\0${checkCommit(id)}`);
  return id;
};

/** Whether the branch was got as it is at the remote, and this process has seen that its commit is here. */
export const isFetched = async (store: string, branch: string, head: string): Promise<boolean> =>
  commits.has(`${store}\0${head}`) && (await readRef(store, trackingRef(branch))) === head;

/** The remote has that branch no more. */
export const forgetBranch = async (store: string, branch: string): Promise<void> => {
  const ref = trackingRef(branch);
  if ((await readRef(store, ref)) !== null) await git({ store, verb: 'update-ref', args: ['-d', ref] });
};
