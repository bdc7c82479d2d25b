/** Remote addresses, branch names and commit ids: strict parsers, because each of them becomes an operand of git. */
import { EntangleError } from '../errors.ts';
import type { RemoteScheme } from '../vocabulary.ts';

/** `host` has the port where the address names one; `url` is the normalised form that git is given. */
export type Remote = { scheme: RemoteScheme; host: string | null; path: string; url: string };

const HOST = '(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\\[[0-9a-f:.]+\\])(?::[1-9][0-9]{0,4})?';
const USER = '[A-Za-z0-9_][A-Za-z0-9._-]*';
const HTTPS = new RegExp(`^https://(${HOST})(/.+)$`, 'i');
const SSH = new RegExp(`^ssh://(?:(${USER})@)?(${HOST})(/.+)$`, 'i');
const SCP = new RegExp(`^(${USER})@([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):([^:]+)$`, 'i');
const FILE = /^(?:file:\/\/)?(\/.+)$/;
const MAX_URL = 2048;

const refuse = (why: string): never => {
  throw new EntangleError('invalid', `the remote address cannot be used: ${why}`, {
    hint: 'use https://host/path, ssh://user@host/path, user@host:path or file:///path, without a password',
  });
};

/** Reads one remote address; refuses passwords, options, other transports and paths that climb. */
export const parseRemote = (url: string): Remote => {
  if (url.length === 0 || url.length > MAX_URL) refuse('it is empty or too long');
  if (/[^\x21-\x7e]/.test(url)) refuse('it has spaces, control or non-ASCII characters');
  if (url.startsWith('-')) refuse('it starts with "-"');
  const https = HTTPS.exec(url);
  if (https) {
    const host = dropPort(https[1]!.toLowerCase(), ':443');
    const path = checkRemotePath(https[2]!);
    return { scheme: 'https', host, path, url: `https://${host}${path}` };
  }
  const ssh = SSH.exec(url);
  if (ssh) {
    const host = dropPort(ssh[2]!.toLowerCase(), ':22');
    const path = checkRemotePath(ssh[3]!);
    return {
      scheme: 'ssh',
      host,
      path,
      url: `ssh://${ssh[1] === undefined ? '' : `${ssh[1]}@`}${host}${path}`,
    };
  }
  const file = FILE.exec(url);
  if (file) {
    const path = checkRemotePath(file[1]!);
    // git decodes percent signs in a file:// address, so a literal one would name another directory
    if (path.includes('%')) refuse('a local path has "%"');
    return { scheme: 'file', host: null, path, url: `file://${path}` };
  }
  return parseScp(url);
};

const parseScp = (url: string): Remote => {
  const scp = url.includes('://') || url.includes('::') ? null : SCP.exec(url);
  if (!scp) {
    if (/^[a-z0-9+.-]+:\/\/[^/]*@/i.test(url)) return refuse('it carries a user or password');
    return refuse('its transport is not https, ssh or file');
  }
  const [user, host, rest] = [scp[1]!, scp[2]!.toLowerCase(), scp[3]!];
  const path = checkRemotePath(rest.startsWith('/') ? rest : `/${rest}`);
  // A path without a leading slash is relative to the account's home; ssh:// has no portable way to say that
  const normal = rest.startsWith('/') ? `ssh://${user}@${host}${path}` : `${user}@${host}:${path.slice(1)}`;
  return { scheme: 'ssh', host, path, url: normal };
};

const dropPort = (host: string, port: string): string =>
  host.endsWith(port) && !host.endsWith(`:${port}`) ? host.slice(0, -port.length) : host;

const checkRemotePath = (path: string): string => {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') refuse('it names no repository');
  if (/[\\?#"'`<>|{}^$;&()*!]/.test(trimmed)) refuse('its path has a character that is not allowed');
  if (/%(?![0-9a-f]{2})|%(?:[01][0-9a-f]|2[ef]|5c|7f)/i.test(trimmed)) refuse('its path hides a character');
  for (const segment of trimmed.slice(1).split('/')) {
    if (segment === '' || segment === '.' || segment === '..') refuse('its path has an empty or dot segment');
    if (segment.startsWith('-')) refuse('a part of its path starts with "-"');
  }
  return trimmed;
};

/** Returns the branch name (without refs/heads/) or refuses it: git-check-ref-format, ASCII, and never like an option or id. */
export const checkBranch = (branch: string): string => {
  const ok =
    /^[A-Za-z0-9_][A-Za-z0-9._/+#=@-]{0,199}$/.test(branch) &&
    !/\.\.|\/\/|@\{|\/\.|\.\/|\.$|\/$|\.lock(?:\/|$)/.test(branch) &&
    !/^(?:refs\/|HEAD$)/.test(branch) &&
    !/\/-/.test(branch) &&
    !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(branch);
  if (!ok) {
    throw new EntangleError('invalid', 'the branch name cannot be used', {
      hint: 'use letters, digits and . _ / + # = @ - without a leading "-", ".." or "refs/"',
    });
  }
  return branch;
};

/** Returns a full SHA-1 commit id (40 lower-case hex characters) or refuses it. */
export const checkCommit = (id: string): string => {
  if (!/^[0-9a-f]{40}$/.test(id)) throw new EntangleError('invalid', 'a commit id must be 40 hex characters');
  return id;
};
