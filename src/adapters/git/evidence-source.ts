/** A repository that a person has here, read for what stands beside its commits: nothing of it is changed or decides. */
import { EntangleError } from '../../core/errors.ts';
import type { CommitFacts } from '../../core/evidence/case.ts';
import { EVIDENCE_FILES } from '../../core/evidence/read.ts';
import type { Sha256 } from '../../core/source/changes.ts';
import { describedChange } from '../../core/source/described-change.ts';
import { ATTESTATIONS, checkCommit } from '../../core/source/remote.ts';
import type { EvidenceSource } from '../../ports/index.ts';
import { compareCommits } from './compare.ts';
import { contentsIn, localGit } from './local.ts';
import { catFile, git, runGit } from './run.ts';

/** Most bytes of one file of evidence, and of one that says whom to trust. */
const MOST = { evidence: 1024 * 1024, trust: 64 * 1024 };

export const openEvidenceSource = async (directory: string, sha256: Sha256): Promise<EvidenceSource> => {
  const found = await localGit(directory, 'rev-parse', '--absolute-git-dir');
  if (found.code !== 0)
    throw new EntangleError('not_found', `no git repository in ${directory}`, {
      hint: 'run it in a clone, or name one: `--repo DIR`',
    });
  const store = found.stdout.replace(/\n$/, '');
  const resolve = async (word: string): Promise<string | null> => {
    const args = ['--verify', '--quiet', '--end-of-options', `${word}^{commit}`];
    const { code, stdout } = await runGit({ store, verb: 'rev-parse', args });
    return code === 0 ? checkCommit(stdout.trim()) : null;
  };
  const need = async (word: string): Promise<string> => {
    const id = await resolve(word);
    if (id !== null) return id;
    throw new EntangleError('not_found', `no commit "${word.slice(0, 100)}" in this repository`, {
      hint: 'check its name, and fetch it first: `git fetch`',
    });
  };
  /** Where the history of a commit left the default branch of the remote; of one that is on that, the commit before it. */
  const baseOf = async (commit: string): Promise<string | null> => {
    const head = await resolve('refs/remotes/origin/HEAD');
    if (head === null) return null;
    const { code, stdout } = await runGit({ store, verb: 'merge-base', args: [head, commit] });
    const base = stdout.trim();
    return code !== 0 ? null : base === commit ? resolve(`${commit}^1`) : checkCommit(base);
  };
  const read = (revision: string, names: readonly string[], size: number) =>
    contentsIn(directory)(
      revision,
      names.map((path) => ({ path, size })),
    );
  const text = (bytes: Uint8Array | undefined): string | null =>
    bytes === undefined ? null : Buffer.from(bytes).toString('utf8');
  return {
    async commits(words) {
      const [from, to, ...more] = words.split('..');
      if (to === undefined) return [await need(words)];
      if (more.length > 0 || to.startsWith('.'))
        throw new EntangleError('usage', 'a range is of two commits with two dots between them', {
          hint: 'write it so: `entangle verify origin/main..HEAD`',
        });
      const [before, last] = [await need(from || 'HEAD'), await need(to || 'HEAD')];
      const list = await git({ store, verb: 'rev-list', args: ['--reverse', last, `^${before}`] });
      return list.split('\n').filter(Boolean).map(checkCommit);
    },
    async facts(commit): Promise<CommitFacts> {
      const object = await catFile({ store, args: ['--batch'], input: `${checkCommit(commit)}\n` });
      const head = object.toString('utf8').split('\n\n')[0]!.split('\n').slice(1);
      const idsOf = (name: string) =>
        head
          .filter((line) => line.startsWith(`${name} `))
          .map((line) => checkCommit(line.slice(name.length + 1)));
      const [[tree], [parent]] = [idsOf('tree'), idsOf('parent')];
      const isHere = parent !== undefined && (await resolve(parent)) === parent;
      const change = isHere
        ? await describedChange(parent, compareCommits(store, parent, commit), sha256)
        : null;
      return {
        ...{ commit, tree: tree ?? '' },
        change: change && { changes: change.changes, hunks: change.hunks },
      };
    },
    async attested(commit) {
      const revision = await resolve(ATTESTATIONS);
      if (revision === null) return null;
      const names = Object.values(EVIDENCE_FILES).map((name) => `${checkCommit(commit)}/${name}`);
      const found = await read(revision, names, MOST.evidence);
      const [statement, events] = names.map((name) => text(found.get(name)));
      return typeof statement === 'string' && typeof events === 'string' ? { statement, events } : null;
    },
    async remotes() {
      const { stdout } = await localGit(directory, 'config', '--get-regexp', '^remote\\..*\\.url$');
      const lines = stdout.split('\n').filter(Boolean);
      return lines.map((line) => line.slice(line.indexOf(' ') + 1));
    },
    async baseFile(words, path) {
      const [from, to] = words.split('..');
      const base = to === undefined ? await baseOf(await need(words)) : await need(from || 'HEAD');
      return base === null ? null : text((await read(base, [path], MOST.trust)).get(path));
    },
  };
};
