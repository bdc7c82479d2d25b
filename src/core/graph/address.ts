/** Addresses in a graph file that later reach git or an HTTP client: refused here when they could mean anything else. */
import { EntangleError } from '../errors.ts';
import { checkBranch, parseRemote } from '../remote.ts';

const HOST = /^(?!-)[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?$/;
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/;

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

/** What is wrong with a model endpoint (https, or http on this machine), or null. */
export const endpointProblem = (url: string): string | null => {
  if (/[\u0000-\u0020\u007f-\u009f\\]/.test(url)) return 'has spaces, backslashes or control characters';
  const match = /^(https?):\/\/([^/?#]+)(\/[^?#]*)?$/.exec(url);
  if (!match) return 'is not a plain https URL';
  const [, scheme, authority] = match;
  if (authority!.includes('@')) return 'carries credentials; name a secret in `auth` instead';
  if (scheme === 'http' && !LOOPBACK.test(authority!)) return 'is http beyond this machine; use https';
  return HOST.test(authority!) || LOOPBACK.test(authority!) ? null : 'has no plain host name';
};
