/** Git under test with a remote and the hands of somebody else on it: the git program, and memory. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGit } from '../../src/adapters/git/git.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { fromUtf8, utf8 } from '../../src/core/encoding/bytes.ts';
import {
  type Attested,
  EVIDENCE_FILES,
  logKeysFile,
  PROOF_FILE,
  signatureFile,
} from '../../src/core/evidence/read.ts';
import { ATTESTATIONS } from '../../src/core/source/remote.ts';
import type { Clock, Git, Repository } from '../../src/ports/index.ts';
import { createDice } from '../sim/dice.ts';
import { type FileTree, filesBelow } from '../sim/file-tree.ts';
import { createMemoryRemote, memoryGit } from '../sim/memory-git.ts';
import { feedGit, gitFixture, give, PRINCIPAL, plainGit, writeFiles } from '../support/git-fixtures.ts';

export type Files = Record<string, string>;
/** Git with a remote whose `main` has one commit, and the hands of somebody else on that remote. */
export type GitBench = {
  git: Git;
  repository: Repository;
  /** An empty directory. */
  directory(): string;
  write(directory: string, files: Files): void;
  read(directory: string): Files;
  /** Another's commit on main; its id. */
  move(files: Files): string;
  head(branch: string): string | null;
  dropBranch(branch: string): void;
  refuse(why: string): void;
  /** What stands beside a commit of the remote. */
  attested(commit: string): Attested | null;
  logKeys(host: string): string;
  /** Makes a branch with an object that no store takes. */
  spoil(branch: string): void;
  remove(): void;
};

export const gitOnDisk = (first: Files): GitBench => {
  const fixture = gitFixture(first);
  const { root, remote, work, repository, publish, remove } = fixture;
  /** Nothing packs the references of this remote. */
  const head = (branch: string) => {
    const ref = join(remote, 'refs/heads', branch);
    return existsSync(ref) ? readFileSync(ref, 'utf8').trim() : null;
  };
  return {
    git: createGit(),
    // A remote says no by a hook
    repository: { ...repository, runsHooks: true },
    directory: () => mkdtempSync(join(root, 'tree-')),
    write: writeFiles,
    read: (directory) =>
      Object.fromEntries(
        readdirSync(directory, { recursive: true, withFileTypes: true })
          .filter((one) => one.isFile())
          .map((one) => join(one.parentPath, one.name))
          .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')] as const)
          // Of the engine alone
          .filter(([path]) => !path.startsWith('.git/')),
      ),
    move: (files) => publish(files),
    head,
    dropBranch: (branch) => void plainGit(remote, 'update-ref', '-d', `refs/heads/${branch}`),
    spoil: (branch) => {
      const blob = plainGit(work, 'rev-parse', 'HEAD:README.md');
      const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
      const tree = feedGit(work, entry, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
      const commit = plainGit(work, 'commit-tree', '-m', 'spoiled', tree);
      give(work, remote, commit, branch);
    },
    attested: (commit) => {
      const show = (name: string) => {
        try {
          return plainGit(remote, 'show', `${ATTESTATIONS}:${commit}/${name}`);
        } catch {
          return null;
        }
      };
      const [statement, events] = [show(EVIDENCE_FILES.statement), show(EVIDENCE_FILES.events)];
      if (statement === null || events === null) return null;
      const alice = show(signatureFile('alice'));
      const proof = show(PROOF_FILE);
      return {
        ...{ statement, events, signatures: alice === null ? {} : { alice } },
        ...(proof === null ? {} : { proof }),
      };
    },
    logKeys: (host) => `${plainGit(remote, 'show', `${ATTESTATIONS}:${logKeysFile(host)}`)}\n`,
    refuse: (why) =>
      writeFileSync(join(remote, 'hooks/pre-receive'), `#!/bin/sh\necho ${why} >&2\nexit 1\n`, {
        mode: 0o755,
      }),
    remove,
  };
};
/** Every answer takes a turn of the event loop. */
const clock: Clock = { ...systemClock, sleep: () => new Promise((done) => setImmediate(done)) };
export const gitInMemory = (first: Files): GitBench => {
  const remote = createMemoryRemote('file:///remote', first);
  const files: FileTree = new Map();
  let serial = 0;
  return {
    git: memoryGit({ remotes: [remote], stores: new Map(), files, clock, dice: createDice('git contract') }),
    repository: {
      url: remote.url,
      store: '/store',
      principal: PRINCIPAL,
      protocols: ['file'],
      runsHooks: true,
    },
    directory: () => `/tree-${serial++}`,
    write: (directory, more) => {
      for (const [path, text] of Object.entries(more)) files.set(`${directory}/${path}`, utf8(text));
    },
    read: (directory) =>
      Object.fromEntries([...filesBelow(files, directory)].map(([path, bytes]) => [path, fromUtf8(bytes)])),
    move: (more) => remote.move('main', more),
    head: (branch) => remote.branches.get(branch) ?? null,
    dropBranch: (branch) => void remote.branches.delete(branch),
    attested: (commit) => remote.attested.get(commit) ?? null,
    logKeys: (host) => remote.logKeys.get(host) ?? '',
    refuse: (why) => {
      remote.refusal = why;
      remote.takesEvidence = false;
    },
    spoil: (branch) => {
      remote.move(branch, { spoiled: '' });
      remote.spoiled.add(branch);
    },
    remove() {},
  };
};
