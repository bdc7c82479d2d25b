/** Remote addresses, branch names and commit ids: strict parsers, because each of them becomes an operand of git. */
import { isWellFormed, utf8Length } from '../encoding/bytes.ts';
import { EntangleError } from '../errors.ts';
import type { RemoteScheme } from '../vocabulary.ts';

/** `host` has the port where the address names one; `url` is the normalised form that git is given. */
export type Remote = { scheme: RemoteScheme; host: string | null; path: string; url: string };

const HOST = '(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\\[[0-9a-f:.]+\\])';
const PORT = '(?::[1-9][0-9]{0,4})?';
const USER = '[A-Za-z0-9_][A-Za-z0-9._-]*';
/** An account that a server writes into its own addresses. It is short and plain, which a token is not. */
const ACCOUNT = '(?!glpat-)[A-Za-z0-9][A-Za-z0-9-]{0,38}';
const HTTPS = new RegExp(`^https://(?:${ACCOUNT}@)?(${HOST}${PORT})(/.+)$`, 'i');
const SSH = new RegExp(`^ssh://(?:(${USER})@)?(${HOST}${PORT})(/.+)$`, 'i');
const SCP = new RegExp(`^(?:(${USER})@)?(${HOST}):([^:]+)$`, 'i');
const MAX_URL = 2048;

const refuse = (why: string): never => {
  throw new EntangleError('invalid', `the remote address cannot be used: ${why}`, {
    hint: 'use https://host/path, ssh://user@host/path, user@host:path or file:///path, without a password',
  });
};

/** Reads one remote address; refuses passwords, options, other transports and paths that climb. */
export const parseRemote = (url: string): Remote => {
  if (url.length === 0 || url.length > MAX_URL) refuse('it is empty or too long');
  if (url.startsWith('/')) return fileRemote(url);
  if (/[^\x21-\x7e]/.test(url)) refuse('it has spaces, control or non-ASCII characters');
  if (url.startsWith('-')) refuse('it starts with "-"');
  if (/^file:/i.test(url)) return parseFile(url);
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
    return { scheme: 'ssh', host, path, url: `ssh://${at(ssh[1])}${host}${path}` };
  }
  return parseScp(url);
};

const at = (user: string | undefined): string => (user === undefined ? '' : `${user}@`);

const parseFile = (url: string): Remote => {
  const encoded =
    /^file:\/\/(\/.+)$/i.exec(url)?.[1] ?? refuse('a file address has three slashes and a path');
  // What git would decode to another path than the one that is read here
  if (/[?#]/.test(encoded)) refuse('a local path has "?" or "#" only as %3F or %23');
  try {
    return fileRemote(decodeURIComponent(encoded));
  } catch (error) {
    if (error instanceof URIError) return refuse('a local path has "%" only as %25, and is UTF-8');
    throw error;
  }
};

/** Any directory, by its path: in its address git reads a percent sign and two digits as one byte. */
const fileRemote = (given: string): Remote => {
  const path = given.replace(/\/+$/, '');
  if (path === '') refuse('it names no repository');
  if (/[\u0000-\u001f\u007f-\u009f\ufffd]/.test(path) || !isWellFormed(path))
    refuse('its path has control characters or bytes that are not UTF-8');
  for (const segment of path.slice(1).split('/'))
    if (segment === '' || segment === '.' || segment === '..') refuse('its path has an empty or dot segment');
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const url = `file://${encoded.replace(/[!'()*]/g, (sign) => `%${hexOf(sign)}`)}`;
  return { scheme: 'file', host: null, path, url };
};

const hexOf = (sign: string): string => sign.charCodeAt(0).toString(16).toUpperCase();

const parseScp = (url: string): Remote => {
  const scp = url.includes('://') ? null : SCP.exec(url);
  if (!scp) {
    if (/^[a-z0-9+.-]+:\/\/[^/]*@/i.test(url)) return refuse('it carries a user or password');
    if (/^(?:http|git):/i.test(url))
      return refuse('its transport is not encrypted: only https, ssh and file are');
    return refuse('its transport is not https, ssh or file');
  }
  const [user, host, rest] = [scp[1], scp[2]!.toLowerCase(), scp[3]!];
  const path = checkRemotePath(rest.startsWith('/') ? rest : `/${rest}`);
  // A path without a leading slash is relative to the account's home; ssh:// has no portable way to say that
  const normal = rest.startsWith('/')
    ? `ssh://${at(user)}${host}${path}`
    : `${at(user)}${host}:${path.slice(1)}`;
  return { scheme: 'ssh', host, path, url: normal };
};

const dropPort = (host: string, port: string): string =>
  host.endsWith(port) ? host.slice(0, -port.length) : host;

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

const MAX_BRANCH = 200;

/** Why git or entangle cannot take a branch name: git-check-ref-format, and never like an option or an id. */
const branchFault = (branch: string): string | null => {
  if (branch === '' || branch.length > MAX_BRANCH || utf8Length(branch) > 240)
    return 'it is empty or too long';
  if (/[\u0000-\u001f\u007f-\u009f\ufffd]/.test(branch) || !isWellFormed(branch))
    return 'it has control characters or is not UTF-8';
  if (/[ ~^:?*[\\]/.test(branch)) return 'it has a space or one of ~ ^ : ? * [ \\';
  if (branch.startsWith('-')) return 'it begins with "-"';
  if (/\.\.|\/\/|@\{|^\/|\/$|\.$|^@$/.test(branch))
    return 'it has "..", "//" or "@{", or a "/" or "." at its end';
  if (branch.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock')))
    return 'a part of it begins with "." or ends with ".lock"';
  if (/^(?:refs\/|HEAD$)/.test(branch)) return 'it is no branch but a reference';
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(branch) ? 'it reads like the id of a commit' : null;
};

/** Where the evidence of commits lies in a repository. */
export const ATTESTATIONS = 'refs/entangle/attestations';

/** What git has before a branch in its whole name. */
export const HEADS = 'refs/heads/';

/** Returns the branch name (without refs/heads/) or refuses it. */
export const checkBranch = (branch: string): string => {
  const fault = branchFault(branch);
  if (fault === null) return branch;
  throw new EntangleError(
    'invalid',
    `the branch name ${JSON.stringify(branch.slice(0, 100))} cannot be used: ${fault}`,
    {
      hint: 'use a name that `git check-ref-format --branch` takes, without "refs/"',
    },
  );
};

/** Returns a full commit id (SHA-1 or SHA-256, lower-case hex) or refuses it. */
export const checkCommit = (id: string): string => {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id))
    throw new EntangleError('invalid', 'a commit id must be 40 or 64 hex characters');
  return id;
};

/** `expected`: null where the branch must not exist. */
export const checkPush = (push: { commit: string; branch: string; expected: string | null }): void => {
  checkBranch(push.branch);
  for (const id of [push.commit, push.expected]) if (id !== null) checkCommit(id);
};
