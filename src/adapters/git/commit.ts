/** The commit of a tree, by its principal, signed where that has a key. */
import { isAbsolute } from 'node:path';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Principal } from '../../ports/index.ts';
import { git } from './run.ts';

const MAX_MESSAGE = 65_536;
export type CommitOptions = { parent: string; message: string; at: number };

/** Writes the commit object; nobody's name or words can forge a line of it, or a sign on a terminal. */
export const writeCommit = async (
  store: string,
  tree: string,
  principal: Principal,
  options: CommitOptions,
) => {
  const { name, email, sshKeyFile } = checkPrincipal(principal);
  const date = `${checkTime(options.at)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
  const signing = sshKeyFile ? ['gpg.format=ssh', `user.signingKey=${checkKeyFile(sshKeyFile)}`] : [];
  const message = `${sanitize(options.message.trimEnd(), MAX_MESSAGE, { multiline: true })}\n`;
  const args = [...(sshKeyFile ? ['-S'] : []), '-p', options.parent, '-F', '-', tree];
  return (await git({ store, verb: 'commit-tree', args, env, config: signing, input: message })).trim();
};

const checkPrincipal = (principal: Principal): Principal => {
  for (const text of [principal.name, principal.email]) {
    if (text.trim() === '' || text.length > 200 || /[\u0000-\u001f\u007f<>]/.test(text)) {
      throw new EntangleError(
        'invalid',
        'the git principal needs a name and an email of one line, without < or >',
      );
    }
  }
  return principal;
};

const checkTime = (at: number): string => {
  if (!Number.isSafeInteger(at) || at < 100_000_000) {
    throw new EntangleError('invalid', 'the commit date must be Unix seconds');
  }
  return `@${at}`;
};

/** Returns the path of a key that ssh and git take literally, or refuses it. */
export const checkKeyFile = (path: string): string => {
  if (!isAbsolute(path) || /[\u0000-\u0020\u007f"'\\%$]/.test(path)) {
    throw new EntangleError(
      'invalid',
      'the path of an SSH file must be absolute, without spaces, quotes, % or $',
    );
  }
  return path;
};
