/**
 * A commit that a node published, for whoever wants it here. Got by the person's own git into private room, where nothing
 * of the repository that they are in decides, and from there to where they want it: a reference, or a file.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_FETCHED_BYTES } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { checkBranch, checkCommit, HEADS, parseRemote, type Remote } from '../../core/source/remote.ts';
import type { FetchedCommit, OwnGit, PublishedCommit } from '../../ports/index.ts';
import { placeFile } from '../system/placed-file.ts';
import { compareCommits } from './compare.ts';
import { gitFailed, isRedirect, movedTo } from './failure.ts';
import { withFetchRoom, withinBytes } from './fetch-room.ts';
import { localGit, ownHome } from './local.ts';
import { unpackCommit } from './pack.ts';
import { FETCH_ARGS, type GitResult, git, runGit, type Verb } from './run.ts';
import { TOLERATED } from './store.ts';

/** `rooms`: a directory for this alone, below which it is got. `most`: bytes that are got of a remote. */
type OwnGitOptions = { rooms: string; most?: number };

export const createOwnGit = (
  directory: string,
  { rooms, most = MAX_FETCHED_BYTES }: OwnGitOptions,
): OwnGit => ({
  top: () => topOf(directory),
  async fetched(published, work) {
    const { url, branch, commit } = checked(published);
    return withFetchRoom(rooms, async (room) => {
      await prepareRoom(room, directory, commit);
      await withinBytes(room, most, (stop) => fetchInto(room, url, { branch, commit, stop }));
      return work(await commitIn(room, directory, commit));
    });
  },
  async unpacked({ base, pack, ...sent }, work) {
    const { url, branch, commit } = checked(sent);
    checkCommit(base);
    return withFetchRoom(rooms, async (room) => {
      await prepareRoom(room, directory, commit);
      if (!(await hasCommit(room, base)))
        await withinBytes(room, most, (stop) => fetchInto(room, url, { branch, commit: base, stop }));
      await unpackCommit(room, pack);
      if (!(await hasCommit(room, commit)))
        throw new EntangleError('invalid', 'what came is not the commit that it was sent for');
      await hold(room, commit);
      return work(await commitIn(room, directory, commit));
    });
  },
});

/** A node may say anything: each of these becomes an operand of git. */
const checked = ({ repository, branch, commit }: PublishedCommit) => ({
  url: parseRemote(repository),
  branch: checkBranch(branch),
  commit: checkCommit(commit),
});

const topOf = async (directory: string): Promise<string | null> => {
  const work = await localGit(directory, 'rev-parse', '--show-toplevel');
  if (work.code === 0) return withoutEnd(work.stdout);
  const bare = await localGit(directory, 'rev-parse', '--absolute-git-dir');
  return bare.code === 0 ? withoutEnd(bare.stdout) : null;
};
const withoutEnd = (line: string): string => line.replace(/\n$/, '');

/** A bare store that borrows what the repository here has, so that only what is new is got. */
export const prepareRoom = async (room: string, directory: string, commit: string): Promise<void> => {
  const format = `--object-format=${commit.length === 64 ? 'sha256' : 'sha1'}`;
  const args = ['--bare', '--quiet', '--initial-branch=main', format];
  await git({ store: room, verb: 'init', args });
  const lent = await objectsOf(directory);
  if (lent !== null) await writeFile(join(room, 'objects/info/alternates'), `${lent}\n`, { mode: 0o600 });
};

/** Null where there is no repository, or one whose history has holes, which git would take for no holes. */
const objectsOf = async (directory: string): Promise<string | null> => {
  const shallow = await localGit(directory, 'rev-parse', '--is-shallow-repository');
  if (shallow.code !== 0 || shallow.stdout.trim() !== 'false') return null;
  const partial = await localGit(directory, 'config', '--get-regexp', PROMISED);
  const found = await localGit(
    directory,
    ...(['rev-parse', '--path-format=absolute', '--git-path', 'objects'] as const),
  );
  const path = withoutEnd(found.stdout);
  const isPlain = found.code === 0 && partial.code === 1 && /^\/[^\n]+$/.test(path);
  return isPlain ? path : null;
};
const PROMISED = '^(extensions\\.partialclone|remote\\..*\\.promisor)$';

/** What a person's git needs to be theirs: where their configuration, agent and keyring are. Nothing is asked of them. */
const OWN = ['XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'SSH_AUTH_SOCK', 'USER'];
const ownEnvironment = ({ scheme }: Remote): Record<string, string> => ({
  ...ownHome(),
  ...Object.fromEntries(OWN.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
  // Where a system keeps its keyring's helper
  GIT_CONFIG_NOSYSTEM: '0',
  // People have one written as the other
  GIT_ALLOW_PROTOCOL: scheme === 'file' ? 'file' : 'https:ssh',
  GIT_SSH_COMMAND:
    'ssh -o BatchMode=yes -o ClearAllForwardings=yes -o ForwardAgent=no -o ForwardX11=no -o PermitLocalCommand=no',
});

const JUDGED = ['fetch.fsckObjects=true', 'transfer.fsckObjects=true', 'transfer.advertiseSID=false'];
// As it comes into one file, and not object by object through memory
JUDGED.push('fetch.unpackLimit=1');
JUDGED.push(...TOLERATED.map((id) => `fetch.fsck.${id}=ignore`));
/** What holds it in the private room. */
const HELD = 'refs/entangle/fetched';

/** By its id; a remote that gives out no ids is asked for the branch, which may have gone on. */
const fetchInto = async (
  room: string,
  remote: Remote,
  { branch, commit, stop }: { branch: string; commit: string; stop: AbortSignal },
): Promise<void> => {
  const ask = (wanted: string): Promise<GitResult> =>
    runGit({
      store: room,
      verb: 'fetch',
      args: [...FETCH_ARGS, '--', remote.url, `+${wanted}:${HELD}`],
      env: ownEnvironment(remote),
      config: JUDGED,
      timeoutMs: 10 * 60_000,
      stop,
    });
  const byId = await ask(commit);
  if (byId.code === 0) return requireHeld(room, branch, commit);
  if (!NOT_GIVEN.test(byId.stderr)) throw notFetched(byId, remote);
  const byBranch = await ask(`${HEADS}${branch}`);
  if (byBranch.code !== 0 && !NOT_GIVEN.test(byBranch.stderr)) throw notFetched(byBranch, remote);
  await requireHeld(room, branch, commit);
};
const NOT_GIVEN = /not our ref|unadvertised object|couldn't find remote ref|no such remote ref/i;

const hasCommit = async (room: string, commit: string): Promise<boolean> => {
  const args = ['--verify', '--quiet', '--end-of-options', `${commit}^{commit}`];
  const { code, stdout } = await runGit({ store: room, verb: 'rev-parse', args });
  return code === 0 && stdout.trim() === commit;
};

/** The very object: git computes the id of each one that it is given. */
const requireHeld = async (room: string, branch: string, commit: string): Promise<void> => {
  if (!(await hasCommit(room, commit)))
    throw new EntangleError('not_found', `the remote has no commit ${commit} on branch "${branch}"`, {
      hint: 'see whether it was published, and not removed since: `entangle user show SESSION`',
    });
  await hold(room, commit);
};

const hold = (room: string, commit: string): Promise<string> =>
  git({ store: room, verb: 'update-ref', args: [HELD, commit] });

const notFetched = (result: GitResult, { url }: Remote): EntangleError => {
  if (isRedirect(result)) return movedTo(result);
  const { code, message } = gitFailed('fetch', result);
  return new EntangleError(code, message, { hint: `see what your own git says: \`git ls-remote ${url}\`` });
};

const commitIn = async (room: string, directory: string, commit: string): Promise<FetchedCommit> => {
  const args = ['--verify', '--quiet', '--end-of-options', `${commit}^1`];
  const found = await runGit({ store: room, verb: 'rev-parse', args });
  const parent = found.code === 0 ? checkCommit(found.stdout.trim()) : null;
  return {
    parent,
    changes: () => compareCommits(room, parent ?? commit, commit),
    keepAs: (ref) => keepAs(room, directory, commit, ref),
    writeTo: (file, ref) => writeBundle(room, file, { commit, parent, ref }),
  };
};

/** Run in the person's repository, whose own configuration names programs that git starts when it gets something. */
const QUIET = ['core.alternateRefsCommand=true', 'fetch.writeCommitGraph=false', 'safe.bareRepository=all'];

const keepAs = async (room: string, directory: string, commit: string, ref: string): Promise<boolean> => {
  const here = (verb: Verb, ...args: string[]): Promise<GitResult> =>
    runGit({
      ...{ store: null, cwd: directory, verb, args, config: QUIET, timeoutMs: 10 * 60_000 },
      env: { ...ownHome(), GIT_ALLOW_PROTOCOL: 'file' },
    });
  const before = await here('rev-parse', '--verify', '--quiet', '--end-of-options', ref);
  if (before.code === 0 && before.stdout.trim() === commit) return false;
  const got = await here('fetch', ...FETCH_ARGS, '--', parseRemote(room).url, HELD);
  if (got.code !== 0) throw gitFailed('fetch', got);
  // Made where there is none, in one step: two of these at once make one
  const made = await here('update-ref', '--', ref, commit, '0'.repeat(commit.length));
  if (made.code === 0) return true;
  if (before.code !== 0 && !/already exists/.test(made.stderr)) throw gitFailed('update-ref', made);
  throw new EntangleError('conflict', `${ref} is there already, at another commit`, {
    hint: `remove it if you do not need it: \`git update-ref -d ${ref}\``,
  });
};

type Named = { commit: string; parent: string | null; ref: string };
const writeBundle = async (room: string, file: string, { commit, parent, ref }: Named): Promise<number> => {
  await git({ store: room, verb: 'update-ref', args: [ref, commit] });
  const bundle = join(room, 'bundle');
  const without = parent === null ? [] : [`^${parent}`];
  await git({ store: room, verb: 'bundle', args: ['create', '--quiet', bundle, ref, ...without] });
  return placeFile(bundle, file);
};
