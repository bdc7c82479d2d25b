/** Evidence beside the commits of a remote: a tree by commit id at a reference of its own, which many runners write. */
import { EntangleError } from '../../core/errors.ts';
import {
  EVIDENCE_FILES,
  logKeysFile,
  MAX_LOG_KEYS,
  PROOF_FILE,
  signatureFile,
} from '../../core/evidence/read.ts';
import { ATTESTATIONS, checkCommit } from '../../core/source/remote.ts';
import type { Attestation, Repository } from '../../ports/index.ts';
import { gitFailed, wordsOf } from './failure.ts';
import { type RemoteOptions, talk, withoutHooks } from './remote.ts';
import { FETCH_ARGS, type GitResult, git, runGit } from './run.ts';

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
    const made = await writeOver(repository, options, before, attestation);
    const result = await talk(repository, options, {
      verb: 'push',
      args: [...PUSH, ...withoutHooks(repository), `--force-with-lease=${ATTESTATIONS}:${before ?? ''}`],
      operands: [`${made}:${ATTESTATIONS}`],
    });
    if (result.code === 0) return;
    // An answer can be lost after it was written: what the remote has decides
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

/** A commit over what is there, by one process; what was there is got where this store has it not. */
const writeOver = async (
  repository: Repository,
  options: RemoteOptions,
  before: string | null,
  attestation: Attestation,
): Promise<string> => {
  const { store } = repository;
  if (before !== null) {
    const args = ['--verify', '--quiet', '--end-of-options', `${before}^{commit}`];
    const { code } = await runGit({ store, verb: 'rev-parse', args });
    if (code !== 0) await fetchRef(repository, options);
  }
  const input = importOf(repository, before, attestation, await keysOver(store, before, attestation));
  return checkCommit((await git({ store, verb: 'fast-import', args: ['--quiet', '--force'], input })).trim());
};

/** The file about log keys, by what others left of it there: nothing of those is lost. */
const keysOver = async (
  store: string,
  before: string | null,
  { keys }: Attestation,
): Promise<[file: string, text: string][]> => {
  if (keys === undefined) return [];
  const file = logKeysFile(keys.host);
  const args = ['blob', `${before}:${file}`];
  const there =
    before === null
      ? null
      : await runGit({ store, verb: 'cat-file', args, maxOutput: MAX_LOG_KEYS }).catch(() => null);
  return [[file, keys.over(there?.code === 0 ? there.stdout : '')]];
};

/** Where it is held in the store until the next one. */
const MADE = 'refs/entangle/attesting';
const dataOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
/** As git-fast-import(1) reads it; its last line asks for the id. */
const importOf = (
  { principal }: Repository,
  before: string | null,
  { commit, files, at }: Attestation,
  beside: readonly [file: string, text: string][],
): string => {
  const [name, email] = [principal.name, principal.email].map((text) =>
    text.replace(/[<>\u0000-\u001f]/g, ''),
  );
  const named = [
    ...Object.entries(EVIDENCE_FILES).map(
      ([part, file]) => [file, files[part as keyof typeof EVIDENCE_FILES]] as const,
    ),
    ...Object.entries(files.signatures).map(([name, text]) => [signatureFile(name), text] as const),
    ...(files.proof === undefined ? [] : [[PROOF_FILE, files.proof] as const]),
  ];
  const changes = named.map(
    ([file, text]) => `M 100644 inline ${checkCommit(commit)}/${file}\n${dataOf(text)}`,
  );
  return [
    `reset ${MADE}\n\ncommit ${MADE}\nmark :1\ncommitter ${name} <${email}> ${at} +0000\n`,
    dataOf(`Evidence of ${commit}`),
    before === null ? '' : `from ${before}\n`,
    // Nothing of another statement stays beside this one; what is not there is not missed
    `D ${checkCommit(commit)}\n`,
    ...changes,
    ...beside.map(([file, text]) => `M 100644 inline ${file}\n${dataOf(text)}`),
    'get-mark :1\n',
  ].join('');
};
