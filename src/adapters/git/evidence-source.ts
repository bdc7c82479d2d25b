/** A repository that a person has here, read for what stands beside its commits: nothing of it is changed or decides. */
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
import { aheadOf } from './ahead.ts';
import { withContents } from './compare.ts';
import { readListing, tooLarge } from './entries.ts';
import { contentsWithin, localGit } from './local.ts';
import { mergedTree } from './merged-tree.ts';
import { type CommitObject, changesIn, type ReadChange, readCommits, reading } from './range-changes.ts';
import { resolveCommit, resolveDefault, resolveReference } from './resolve.ts';
import { git, runGit } from './run.ts';

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
  /** As texts at once: bytes that are kept for a while are collected with old memory alone, and add up until then. */
  const read = async (
    revision: string,
    names: readonly string[],
    size: number,
  ): Promise<Map<string, string> | null> => {
    const files = names.map((path) => ({ path, size }));
    const found = await contentsWithin(directory, revision, files);
    return found && new Map([...found].map(([path, bytes]) => [path, textOf(bytes)]));
  };
  let listed: readonly string[] = [];
  const objectOf = aheadOf(
    () => listed,
    (commits) => readCommits(store, commits),
  );
  const besideOf = aheadOf(
    () => listed,
    async (commits) => {
      const revision = await attestations();
      if (revision === null) return new Map<string, string>();
      const names = commits.flatMap((commit) => FILES.map((name) => `${commit}/${name}`));
      const found = await read(revision, names, MOST.evidence);
      // What is larger than it may be hides that of no other commit
      if (found === null && commits.length > 1) throw tooLarge();
      if (found === null) return new Map<string, string>();
      const signed = commits.flatMap((commit) =>
        signersOf(found, commit).map((name) => pathOf(commit, name)),
      );
      const signatures = signed.length > 0 ? await read(revision, signed, MOST.signature) : [];
      if (signatures === null && commits.length > 1) throw tooLarge();
      return new Map([...found, ...(signatures ?? [])]);
    },
    BESIDE_AHEAD,
  );
  const changeOf = aheadOf(
    () => listed,
    (commits) => changesIn(store, commits),
  );
  const attestations = once(() => resolveReference(store, ATTESTATIONS));
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
      const { tree, change, held } = (await changeOf(checkCommit(commit))).get(commit) ?? NOT_HERE;
      const paths: string[] = [];
      const files = change && named(withContents(store, change.pairs, reading(held)), paths);
      const described = files && (await describedChange(change.base, files, sha256));
      return {
        ...{ commit, tree },
        change: described && { changes: described.changes, hunks: described.hunks },
        paths,
      };
    },
    async attested(commit) {
      const found = await besideOf(checkCommit(commit));
      const [statement, events, proof] = FILES.map((name) => found.get(`${commit}/${name}`));
      if (statement === undefined || events === undefined) return null;
      const signatures = signersOf(found, commit).flatMap((name) => {
        const armored = found.get(pathOf(commit, name));
        return armored === undefined ? [] : [[name, armored]];
      });
      return {
        ...{ statement, events, signatures: Object.fromEntries(signatures) },
        ...(proof === undefined ? {} : { proof }),
      };
    },
    async merge(commit) {
      const { tree, parents } = (await objectOf(checkCommit(commit))).get(commit) ?? NOTHING;
      return {
        ...{ tree, parents },
        async merged() {
          // Trees without end are refused before git goes through them
          for (const parent of parents) await readListing(store, parent);
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
      const words = found?.get(path);
      // What is left out would let a key sign that was replaced
      if (words !== undefined) return words;
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
      if (base === null) return null;
      const text = (await read(base, [path], MOST.trust))?.get(path);
      if (text !== undefined) return text;
      const { code, stdout } = await runGit({
        ...{ store, verb: 'ls-tree' },
        args: ['--full-tree', base, '--', path],
      });
      if (code === 0 && stdout === '') return null;
      // Without it others would be trusted, and keys that it says were replaced
      throw new EntangleError('invalid', `${path} of the base cannot be read`, {
        hint: `fetch all of it, for a clone made with --filter has it not; it may have ${MOST.trust >> 10} KiB`,
      });
    },
  };
};

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
const signersOf = (found: ReadonlyMap<string, string>, commit: string): readonly string[] =>
  signersIn(found.get(`${commit}/${EVIDENCE_FILES.statement}`) ?? '');

/** Where a repository is, by its git directory: what `entangle up` has its agents work on. */
const placeOfStore = (line: string): string => line.replace(/\n$/, '').replace(/\/\.git$/, '');

const NOTHING: CommitObject = { tree: '', parents: [] };
async function* named(files: AsyncIterable<ChangedFile>, paths: string[]): AsyncGenerator<ChangedFile> {
  for await (const file of files) {
    paths.push(file.path);
    yield file;
  }
}

/** Fewer than of changes: what is over before young memory is full goes with it, and does not add up in old memory. */
const BESIDE_AHEAD = 8;
const NOT_HERE: ReadChange = { tree: '', change: null, held: new Map() };
const FILES = [...Object.values(EVIDENCE_FILES), PROOF_FILE];
const pathOf = (commit: string, name: string): string => `${commit}/${signatureFile(name)}`;
const once = <T>(look: () => Promise<T>): (() => Promise<T>) => {
  let found: Promise<T> | undefined;
  return () => {
    found ??= look();
    return found;
  };
};
