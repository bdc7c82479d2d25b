/** Addresses in a graph file that later reach git: refused here when they could mean anything else. */
import { readSshKey, SSH_KEY_TYPES } from '../../crypto/ssh-key.ts';
import { EntangleError } from '../../errors.ts';
import { checkBranch, parseRemote } from '../../source/remote.ts';
import { checkBranchPattern } from '../../source/workspace-names.ts';

const refusalOf = (read: () => unknown): string | null => {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof EntangleError) return error.message;
    throw error;
  }
};

/** What git's own door says against a repository URL (https, ssh, file or scp-like), or null. */
export const repositoryProblem = (url: string): string | null => refusalOf(() => parseRemote(url));

/** What it says against a branch name, or null. */
export const branchProblem = (branch: string): string | null => refusalOf(() => checkBranch(branch));

/** What it says against the branches that a pattern gives, or null. */
export const patternProblem = (pattern: string): string | null =>
  refusalOf(() => checkBranchPattern(pattern));

/** What is wrong with an SSH public key, or null. */
export const sshKeyProblem = (line: string): string | null =>
  readSshKey(line) === null ? `is no SSH public key of ${SSH_KEY_TYPES.join(', ')}` : null;
