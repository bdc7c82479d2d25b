/** Evidence beside the commits of a remote: a tree by commit id at a reference of its own, which many runners write. */
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { EVIDENCE_FILES } from '../../core/evidence/read.ts';
import { ATTESTATIONS, checkCommit } from '../../core/source/remote.ts';
import type { Attestation, Repository } from '../../ports/index.ts';
import { gitFailed, wordsOf } from './failure.ts';
import { type RemoteOptions, talk, withoutHooks } from './remote.ts';
import { FETCH_ARGS, type GitResult, git } from './run.ts';
import { withScratch } from './store.ts';

/** Others may push there at the same time: each try is over what they left. */
const TRIES = 8;
const PUSH = ['--porcelain', '--no-verify', '--no-signed', '--no-follow-tags', '--recurse-submodules=no'];

/** Call inside `withStore`. denied where the remote says no. */
export const attestCommit = async (
  repository: Repository,
  options: RemoteOptions,
  attestation: Attestation,
): Promise<void> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await remoteRef(repository, options);
    if (before !== null) await fetchRef(repository, options);
    const made = await writeOver(repository, before, attestation);
    if (made === before) return;
    const result = await talk(repository, options, {
      verb: 'push',
      args: [...PUSH, ...withoutHooks(repository), `--force-with-lease=${ATTESTATIONS}:${before ?? ''}`],
      operands: [`${made}:${ATTESTATIONS}`],
    });
    // What the remote has decides, as for a branch
    const after = await remoteRef(repository, options);
    if (after === made) return;
    if (after === before) throw refusalOf(result);
  }
  throw new EntangleError('unavailable', 'others push evidence to the same remote all the time');
};

const refusalOf = (result: GitResult): EntangleError => {
  const answer = /^!\t[^\t]*\t\[remote rejected\] \((.{1,300})\)/m.exec(result.stdout)?.[1];
  return answer === undefined
    ? gitFailed('push', { ...result, stderr: `${result.stderr}\n${result.stdout}` })
    : new EntangleError('denied', `the remote refused ${ATTESTATIONS}: ${wordsOf(answer)}`);
};

const remoteRef = async (repository: Repository, options: RemoteOptions): Promise<string | null> => {
  const call = { verb: 'ls-remote', args: ['--quiet', '--refs'], operands: [ATTESTATIONS] } as const;
  const result = await talk(repository, options, call);
  if (result.code !== 0) throw gitFailed('ls-remote', result);
  const [id = ''] =
    result.stdout
      .split('\n')
      .find((line) => line.endsWith(`\t${ATTESTATIONS}`))
      ?.split('\t') ?? [];
  return id === '' ? null : checkCommit(id);
};

const fetchRef = async (repository: Repository, options: RemoteOptions): Promise<void> => {
  const operands = [`+${ATTESTATIONS}:${ATTESTATIONS}`];
  const result = await talk(repository, options, { verb: 'fetch', args: FETCH_ARGS, operands });
  if (result.code !== 0) throw gitFailed('fetch', result);
};

/** A commit over what is there; that itself where it has this already. */
const writeOver = (
  { store, principal }: Repository,
  before: string | null,
  { commit, files, at }: Attestation,
): Promise<string> =>
  withScratch(store, async (scratch) => {
    const env = { GIT_INDEX_FILE: join(scratch, 'index') };
    if (before !== null) await git({ store, verb: 'read-tree', args: [before], env });
    const rows: string[] = [];
    for (const [part, name] of Object.entries(EVIDENCE_FILES)) {
      const input = files[part as keyof typeof files];
      const id = await git({ store, verb: 'hash-object', args: ['-w', '--no-filters', '--stdin'], input });
      rows.push(`100644 ${id.trim()}\t${checkCommit(commit)}/${name}\n`);
    }
    await git({ store, verb: 'update-index', args: ['--index-info'], env, input: rows.join('') });
    const tree = (await git({ store, verb: 'write-tree', args: [], env })).trim();
    const old = before === null ? '' : await git({ store, verb: 'rev-parse', args: [`${before}^{tree}`] });
    if (before !== null && old.trim() === tree) return before;
    const { name, email } = principal;
    const date = `@${at} +0000`;
    const who = {
      ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date },
      ...{ GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date },
    };
    const parent = before === null ? [] : ['-p', before];
    const args = [...parent, '-m', `Evidence of ${commit}`, tree];
    return (await git({ store, verb: 'commit-tree', args, env: who })).trim();
  });
