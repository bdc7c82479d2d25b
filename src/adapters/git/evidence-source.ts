/** A repository that a person has here, read for what stands beside its commits: nothing of it is changed or decides. */
import { createHash } from 'node:crypto';
import { EntangleError } from '../../core/errors.ts';
import type { CommitFacts } from '../../core/evidence/case.ts';
import {
  EVIDENCE_FILES,
  logKeysFile,
  MAX_LOG_KEYS,
  PROOF_FILE,
  signatureFile,
  signersIn,
} from '../../core/evidence/read.ts';
import type { Sha256 } from '../../core/source/changes.ts';
import { describedChange } from '../../core/source/described-change.ts';
import { ATTESTATIONS, checkCommit } from '../../core/source/remote.ts';
import type { ChangedFile, EvidenceSource } from '../../ports/index.ts';
import { aheadOf, listedAhead, remembering } from './ahead.ts';
import { AT_ONCE, changedEntries, compareCommits } from './compare.ts';
import { readBlobs, readListing, type TreeEntry, tooLarge } from './entries.ts';
import { contentsWithin, localGit } from './local.ts';
import { mergedTree } from './merged-tree.ts';
import { damagedCommit, resolveCommit, resolveDefault, resolveReference } from './resolve.ts';
import { catFile, git, runGit } from './run.ts';

/** Most bytes of one file of evidence, and of one that says whom to trust. */
const MOST = { evidence: 1024 * 1024, signature: 8 * 1024, trust: 64 * 1024 };

export const openEvidenceSource = async (directory: string, sha256: Sha256): Promise<EvidenceSource> => {
  const found = await localGit(directory, 'rev-parse', '--absolute-git-dir');
  if (found.code !== 0)
    throw new EntangleError('not_found', `no git repository in ${directory}`, {
      hint: 'run it in a clone, or name one: `--repo DIR`',
    });
  const store = found.stdout.replace(/\n$/, '');
  const resolve = (word: string): Promise<string | null> => resolveCommit(store, word);
  const need = async (word: string): Promise<string> => {
    const id = await resolve(word);
    if (id !== null) return id;
    throw new EntangleError('not_found', `no commit "${word.slice(0, 100)}" in this repository`, {
      hint: 'check its name, and fetch it first: `git fetch`',
    });
  };
  /** The head of the default branch of the remote; of a commit that is on that branch, the commit before it. */
  const baseOf = async (commit: string): Promise<string | null> => {
    const head = await resolveDefault(store);
    if (head === null) return null;
    const { code, stdout } = await runGit({ store, verb: 'merge-base', args: [head, commit] });
    if (code !== 0) return null;
    // What the branch named when the work began may be thrown out since
    return stdout.trim() === commit ? resolve(`${commit}^1`) : head;
  };
  const read = (revision: string, names: readonly string[], size: number) =>
    contentsWithin(
      directory,
      revision,
      names.map((path) => ({ path, size })),
    );
  const text = (bytes: Uint8Array | undefined): string | null =>
    bytes === undefined ? null : Buffer.from(bytes).toString('utf8');
  const signersOf = (found: ReadonlyMap<string, Uint8Array>, commit: string): readonly string[] =>
    signersIn(text(found.get(`${commit}/${EVIDENCE_FILES.statement}`)) ?? '');
  let listed: readonly string[] = [];
  const objectOf = aheadOf(
    () => listed,
    async (commits) => {
      const input = commits.map((commit) => `${commit}\n`).join('');
      return commitsIn(await catFile({ store, args: ['--batch'], input }));
    },
  );
  const besideOf = aheadOf(
    () => listed,
    async (commits) => {
      const revision = await attestations();
      if (revision === null) return new Map<string, Uint8Array>();
      const names = commits.flatMap((commit) => FILES.map((name) => `${commit}/${name}`));
      const found = await read(revision, names, MOST.evidence);
      // What is larger than it may be hides that of no other commit
      if (found === null && commits.length > 1) throw tooLarge();
      if (found === null) return new Map<string, Uint8Array>();
      const signed = commits.flatMap((commit) =>
        signersOf(found, commit).map((name) => pathOf(commit, name)),
      );
      const signatures = signed.length > 0 ? await read(revision, signed, MOST.signature) : [];
      if (signatures === null && commits.length > 1) throw tooLarge();
      return new Map([...found, ...(signatures ?? [])]);
    },
  );
  /** Contents that the next commits change, as far as they are held together. */
  const heldOf = aheadOf(
    () => listed,
    async (commits) => {
      const ahead = new Set(await listedAhead(list, store, commits));
      const wanted = new Map<string, TreeEntry>();
      let bytes = 0;
      for (const commit of commits) {
        const parent = (await objectOf(commit)).get(commit)?.parents[0];
        if (parent === undefined || !ahead.has(parent) || !ahead.has(commit)) continue;
        for (const entry of await changedEntries(store, parent, commit, list)) {
          bytes += wanted.has(entry.id) ? 0 : entry.size;
          if (bytes > AT_ONCE) return readBlobs(store, [...wanted.values()]);
          wanted.set(entry.id, entry);
        }
      }
      return readBlobs(store, [...wanted.values()]);
    },
  );
  const attestations = once(() => resolveReference(store, ATTESTATIONS));
  const list = remembering(readListing);
  /** What git lists ends where a file of this repository says so, `shallow`: the commits themselves say what is before them. */
  const requireWhole = async (base: string): Promise<void> => {
    const known = new Set(listed);
    const open = new Set<string>();
    for (const commit of listed)
      for (const parent of (await objectOf(commit)).get(commit)?.parents ?? [])
        if (!known.has(parent)) open.add(parent);
    const input = [...open, `^${base}`].map((id) => `${id}\n`).join('');
    const { code, stdout } = await runGit({
      ...{ store, verb: 'rev-list', input },
      args: ['--max-count=1', '--stdin'],
    });
    if (code === 0 && stdout === '') return;
    throw new EntangleError(
      'invalid',
      'the history of that range is cut: git lists fewer commits than it has',
      {
        hint: 'fetch all of it: `git fetch --unshallow`, and look at .git/shallow',
      },
    );
  };
  return {
    async commits(words) {
      const [from, to, ...more] = words.split('..');
      if (to === undefined) {
        listed = [await need(words)];
        return [...listed];
      }
      if (more.length > 0 || to.startsWith('.'))
        throw new EntangleError('usage', 'a range is of two commits with two dots between them', {
          hint: 'write it so: `entangle verify origin/main..HEAD`',
        });
      const [before, last] = [await need(from || 'HEAD'), await need(to || 'HEAD')];
      const ids = await git({
        store,
        verb: 'rev-list',
        args: ['--reverse', '--topo-order', last, `^${before}`],
      });
      listed = ids.split('\n').filter(Boolean).map(checkCommit);
      await requireWhole(before);
      return [...listed];
    },
    async facts(commit): Promise<CommitFacts> {
      const found = (await objectOf(checkCommit(commit))).get(commit);
      const parent = found?.parents[0];
      const isHere = parent !== undefined && (listed.includes(parent) || (await resolve(parent)) === parent);
      const held = await heldOf(commit);
      const paths: string[] = [];
      const change = isHere
        ? await describedChange(
            parent,
            named(compareCommits(store, parent, commit, { list, read: reading(held) }), paths),
            sha256,
          )
        : null;
      return {
        ...{ commit, tree: found?.tree ?? '' },
        change: change && { changes: change.changes, hunks: change.hunks },
        paths,
      };
    },
    async attested(commit) {
      const found = await besideOf(checkCommit(commit));
      const [statement, events, proof] = FILES.map((name) => text(found.get(`${commit}/${name}`)));
      if (typeof statement !== 'string' || typeof events !== 'string') return null;
      const signatures = signersOf(found, commit).flatMap((name) => {
        const armored = text(found.get(pathOf(commit, name)));
        return armored === null ? [] : [[name, armored]];
      });
      return {
        ...{ statement, events, signatures: Object.fromEntries(signatures) },
        ...(proof == null ? {} : { proof }),
      };
    },
    async merge(commit) {
      const { tree, parents } = (await objectOf(checkCommit(commit))).get(commit) ?? NOTHING;
      return {
        ...{ tree, parents },
        async merged() {
          // Trees without end are refused before git goes through them
          for (const parent of parents) await list(store, parent);
          return mergedTree(directory, parents[0]!, parents[1]!);
        },
      };
    },
    async logKeys(host) {
      const revision = await attestations();
      if (revision === null) return null;
      const path = logKeysFile(host);
      const { code, stdout } = await runGit({
        ...{ store, verb: 'cat-file', args: ['-s', `${revision}:${path}`] },
      });
      if (code !== 0) return null;
      const found = Number(stdout) <= MAX_LOG_KEYS ? await read(revision, [path], MAX_LOG_KEYS) : null;
      const words = text(found?.get(path));
      // What is left out would let a key sign that was replaced
      if (words !== null) return words;
      throw new EntangleError('invalid', `${path} of ${ATTESTATIONS} cannot be read`, {
        hint: 'ask who may write there to put it right: it holds what replaced the key of the log',
      });
    },
    async remotes() {
      const { stdout } = await localGit(directory, 'config', '--get-regexp', '^remote\\..*\\.url$');
      const lines = stdout.split('\n').filter(Boolean);
      const remotes = lines.map((line) => line.slice(line.indexOf(' ') + 1));
      const own = await localGit(directory, 'rev-parse', '--path-format=absolute', '--git-common-dir');
      // An agent may work for this repository itself, at its place; a clone without remotes is of any
      return own.code === 0 && remotes.length > 0 ? [...remotes, placeOfStore(own.stdout)] : remotes;
    },
    async baseFile(words, path) {
      const [from, to] = words.split('..');
      const base = to === undefined ? await baseOf(await need(words)) : await need(from || 'HEAD');
      return base === null ? null : text((await read(base, [path], MOST.trust))?.get(path));
    },
  };
};

/** Where a repository is, by its git directory: what `entangle up` has its agents work on. */
const placeOfStore = (line: string): string => line.replace(/\n$/, '').replace(/\/\.git$/, '');

const NOTHING: Commit = { tree: '', parents: [] };
async function* named(files: AsyncIterable<ChangedFile>, paths: string[]): AsyncGenerator<ChangedFile> {
  for await (const file of files) {
    paths.push(file.path);
    yield file;
  }
}

const FILES = [...Object.values(EVIDENCE_FILES), PROOF_FILE];
const pathOf = (commit: string, name: string): string => `${commit}/${signatureFile(name)}`;
/** Reads only what is not held. */
const reading =
  (held: ReadonlyMap<string, Uint8Array>): typeof readBlobs =>
  async (store, entries) => {
    const missing = entries.filter(({ id }) => !held.has(id));
    return new Map([...held, ...(await readBlobs(store, missing))]);
  };

const once = <T>(look: () => Promise<T>): (() => Promise<T>) => {
  let found: Promise<T> | undefined;
  return () => {
    found ??= look();
    return found;
  };
};

type Commit = { tree: string; parents: readonly string[] };
const HEAD_LINE = /^([0-9a-f]+) commit ([0-9]+)\n$/;
/** Git takes the name of a file for the id of the object in it when it reads many. */
const requireOwnId = (id: string, content: Buffer): void => {
  const hash = createHash(id.length === 64 ? 'sha256' : 'sha1');
  if (hash.update(`commit ${content.length}\0`).update(content).digest('hex') === id) return;
  throw damagedCommit(id);
};
/** From the answers of `cat-file --batch`. */
const commitsIn = (all: Buffer): Map<string, Commit> => {
  const commits = new Map<string, Commit>();
  for (let at = 0; at < all.length; ) {
    const start = all.indexOf(10, at) + 1;
    if (start === 0) break;
    const [, id, size] = HEAD_LINE.exec(all.toString('latin1', at, start)) ?? [];
    at = size === undefined ? start : start + Number(size) + 1;
    if (id === undefined) continue;
    requireOwnId(id, all.subarray(start, at - 1));
    const head = all.toString('utf8', start, at).split('\n\n')[0]!.split('\n');
    const idsOf = (name: string) =>
      head
        .filter((line) => line.startsWith(`${name} `))
        .map((line) => checkCommit(line.slice(name.length + 1)));
    commits.set(id, { tree: idsOf('tree')[0] ?? '', parents: idsOf('parent') });
  }
  return commits;
};
