/** Names of commits in a repository that others write to, too: a name that says two things says none. */
import { EntangleError } from '../../core/errors.ts';
import { checkCommit } from '../../core/source/remote.ts';
import { runGit } from './run.ts';

/** The commit of a name, or null where there is none. */
export const resolveCommit = async (store: string, word: string): Promise<string | null> => {
  // A whole name is that reference, whatever else git would look for by it
  const named = word.startsWith('refs/') ? await resolveReference(store, word) : null;
  if (named !== null) return named;
  const args = ['--verify', '--end-of-options', `${word}^{commit}`];
  // Not quiet: git only warns where a tag `origin/main` hides the branch, and anybody may push a tag
  const config = ['core.warnAmbiguousRefs=true'];
  const { code, stdout, stderr } = await runGit({ store, verb: 'rev-parse', args, config });
  if (/hash mismatch|corrupt/.test(stderr)) throw damagedObject('commit', word);
  // A whole id is the commit itself, whatever is called so
  const isId = code === 0 && stdout.trim() === word;
  if (!isId && /^warning: refname .* is ambiguous/ms.test(stderr)) throw ambiguous(word);
  return code === 0 ? checkCommit(stdout.trim()) : null;
};

/** Of a reference by its whole name: git would else look for a tag of that name, too. */
export const resolveReference = async (store: string, reference: string): Promise<string | null> => {
  const args = ['--verify', '--hash', '--', reference];
  const { code, stdout } = await runGit({ store, verb: 'show-ref', args });
  return code === 0 ? resolveCommit(store, checkCommit(stdout.trim())) : null;
};

const ORIGIN = 'refs/remotes/origin/';
/** The head of the default branch of the remote. A branch that is called HEAD lies there as well, and is none. */
export const resolveDefault = async (store: string): Promise<string | null> => {
  const { code, stdout } = await runGit({ store, verb: 'symbolic-ref', args: ['--quiet', `${ORIGIN}HEAD`] });
  const reference = stdout.trim();
  return code === 0 && reference.startsWith(ORIGIN) ? resolveReference(store, reference) : null;
};

export const damagedObject = (kind: string, word: string): EntangleError =>
  new EntangleError(
    'invalid',
    `${kind} ${word.slice(0, 100)} is damaged: its object is not what its id says`,
    {
      hint: 'fetch it anew into a fresh clone',
    },
  );

const ambiguous = (word: string): EntangleError =>
  new EntangleError('invalid', `"${word.slice(0, 100)}" is the name of more than one reference here`, {
    hint: 'use its whole name, as `git show-ref` has it (refs/remotes/origin/main), or the id of the commit',
  });
