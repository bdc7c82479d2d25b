/** Talking to a remote: one scheme allowed, credentials for its host only, no redirect, no helper. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { shellWord } from '../../core/encoding/shell-word.ts';
import { EntangleError } from '../../core/errors.ts';
import { DEFAULT_GIT_USER } from '../../core/source/principal.ts';
import { parseRemote, type Remote } from '../../core/source/remote.ts';
import type { Repository } from '../../ports/index.ts';
import { systemFiles } from '../system/files.ts';
import { askpassCommand, readToken, withAskpass } from './askpass.ts';
import { checkKeyFile } from './commit.ts';
import { type GitCall, type GitResult, runGit } from './run.ts';
import { keepText } from './store.ts';

export type RemoteOptions = {
  /** Host keys that ssh accepts when the principal has a key; `~/.ssh/known_hosts` unless told. */
  knownHosts?: string;
  /** Program and arguments that call `runAskpass` with what follows; beside the adapter unless told. */
  askpass?: readonly string[];
  /** User name that goes with a token. */
  username?: string;
  /** The remote's headers stand in what git prints. */
  showsHeaders?: boolean;
  /** How long one answer may take. */
  answerMs?: number;
  /** The same where people wait for it before they are asked. */
  objectionMs?: number;
};

/** The remote of a repository, when its owner allowed its scheme. */
export const remoteOf = (repository: Repository): Remote => {
  const remote = parseRemote(repository.url);
  if (!repository.protocols.includes(remote.scheme)) {
    throw new EntangleError('invalid', `this runner does not allow ${remote.scheme} remotes`, {
      hint: `use ${repository.protocols.join(' or ') || 'no remote'}, or set it on its machine with \`entangle runner config set git-protocol\``,
    });
  }
  return remote;
};

type Call = { verb: 'fetch' | 'ls-remote' | 'push'; args: readonly string[]; operands: readonly string[] };

/** Runs one command with the remote as its first operand. */
export const talk = async (
  repository: Repository,
  options: RemoteOptions,
  call: Call,
): Promise<GitResult> => {
  const remote = remoteOf(repository);
  const base: GitCall = {
    store: repository.store,
    verb: call.verb,
    args: [...call.args, '--', remote.url, ...call.operands],
    timeoutMs: options.answerMs ?? 10 * 60_000,
    env: {
      GIT_ALLOW_PROTOCOL: remote.scheme,
      ...(options.showsHeaders ? { GIT_CURL_VERBOSE: '1' } : {}),
    },
  };
  const { tokenFile, tokenHost, tokenUser } = repository.principal;
  if (remote.scheme === 'ssh') {
    const env = { ...base.env, ...ownAgent(repository), GIT_SSH_COMMAND: sshCommand(repository, options) };
    return runGit({ ...base, env });
  }
  if (remote.scheme === 'file')
    return runGit({ ...base, env: { ...base.env, ...(await trusting(repository, remote)) } });
  // To another host than it is for, git speaks as nobody
  if (tokenFile === undefined || (tokenHost ?? remote.host) !== remote.host) return runGit(base);
  const secrets = [await readToken(tokenFile)];
  const username = tokenUser ?? options.username ?? DEFAULT_GIT_USER;
  const bound = { host: remote.host!, tokenFile, username };
  // Else git starts the program for the user name too, which is no secret
  const config = [`credential.username=${username}`];
  const result = await withAskpass(options.askpass ?? askpassCommand(), bound, (executable) =>
    runGit({ ...base, config, env: { ...base.env, GIT_ASKPASS: executable } }),
  );
  return { ...result, stdout: redact(result.stdout, secrets), stderr: redact(result.stderr, secrets) };
};

// What a repository's own configuration may start while something is pushed to it; said on the command line, this wins.
// `true` is a program that prints nothing; a word of the shell alone git cannot run, and says so beside each refusal
const QUIET = [
  'core.hooksPath=/dev/null',
  'core.alternateRefsCommand=true',
  'core.fsmonitor=false',
  'receive.denyCurrentBranch=refuse',
  'receive.autogc=false',
  'gc.auto=0',
];

/** The repository decides nothing here, unless its owner asked for its hooks. On another machine they are that one's. */
export const withoutHooks = (repository: Repository): string[] => {
  if (repository.runsHooks || remoteOf(repository).scheme !== 'file') return [];
  return [`--receive-pack=git ${QUIET.map((setting) => `-c ${setting}`).join(' ')} receive-pack`];
};

// A remote can say back what it was sent
const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);

/**
 * The repository may belong to another account, which its owner here named all the same. Nothing of its configuration
 * starts anything, so git may read it; where its hooks run, git's own check stays.
 */
export const trusting = async (
  { store, runsHooks }: Repository,
  { path }: Remote,
): Promise<Record<string, string>> => {
  if (runsHooks) return {};
  const home = join(store, 'trusting');
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const rows = [path, `${path}/.git`].map((one) => `\tdirectory = ${quoted(one)}\n`);
  await systemFiles.directory(home);
  await keepText(join(home, '.gitconfig'), `[safe]\n${rows.join('')}`);
  return { HOME: home };
};

/** The keys that the person's agent holds are part of their set-up, for git's own ssh; no engine is given this. */
const ownAgent = ({ principal }: Repository): Record<string, string> => {
  const socket = process.env.SSH_AUTH_SOCK;
  return principal.sshKeyFile === undefined && socket ? { SSH_AUTH_SOCK: socket } : {};
};

const sshCommand = (repository: Repository, options: RemoteOptions): string => {
  const common = 'ssh -o BatchMode=yes -o ClearAllForwardings=yes -o PermitLocalCommand=no';
  const { sshKeyFile: key, knownHostsFile } = repository.principal;
  // Without a key of its own the principal is the person's own ssh set-up
  if (key === undefined) return common;
  const hosts = checkKeyFile(knownHostsFile ?? options.knownHosts ?? join(homedir(), '.ssh', 'known_hosts'));
  return (
    `${common} -F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -i ${shellWord(checkKeyFile(key))}` +
    ` -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${shellWord(hosts)}`
  );
};
