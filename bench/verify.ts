/** What it takes to verify each commit of a range, against git's own check of their signatures, and against a tenth of them. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atMost, compared, median } from '../scripts/bench/measure.ts';
import { suiteWasm } from '../src/adapters/crypto/suite-wasm.ts';
import { openEvidenceSource } from '../src/adapters/git/evidence-source.ts';
import { armorSignature } from '../src/core/crypto/ssh-signature.ts';
import { npub } from '../src/core/encoding/id.ts';
import { EVIDENCE_FILES } from '../src/core/evidence/read.ts';
import { attest, PLAIN } from '../test/support/attested.ts';
import { BIN, environment } from '../test/support/cli.ts';
import { type Fixture, feedGit, gitFixture, plainGit } from '../test/support/git-fixtures.ts';
import { sshsigBy } from '../test/support/ssh-token.ts';
import { createWorld } from '../test/support/world.ts';

const COMMITS = 1_000;
const FEW = 100;
const ROUNDS = 3;
const LOOK_MS = 5;
const WHO = 'Agent <agent@example.com> 1700000000 +0000';
const world = createWorld(suiteWasm);

/** Each changes one of fifty files, and is signed as git signs with SSH. */
const signedCommits = ({ work }: Fixture, count: number): string[] => {
  let parent = plainGit(work, 'rev-parse', 'HEAD');
  const files = new Map<string, string>();
  return Array.from({ length: count }, (_, i) => {
    files.set(
      `f${String(i % 50).padStart(2, '0')}`,
      feedGit(work, `change ${i}\n`, 'hash-object', '-w', '--stdin'),
    );
    const entries = [...files].sort(([one], [two]) => (one < two ? -1 : 1));
    const tree = feedGit(
      work,
      entries.map(([name, id]) => `100644 blob ${id}\t${name}\n`).join(''),
      'mktree',
    );
    const head = `tree ${tree}\nparent ${parent}\nauthor ${WHO}\ncommitter ${WHO}\n`;
    const message = `\nchange ${i}\n`;
    const signature = armorSignature(sshsigBy(PLAIN, head + message, { namespace: 'git' })).trimEnd();
    const signed = `${head}gpgsig ${signature.replaceAll('\n', '\n ')}\n${message}`;
    parent = feedGit(work, signed, 'hash-object', '-t', 'commit', '-w', '--stdin');
    return parent;
  });
};

const attestAll = async ({ work, repository }: Fixture, commits: readonly string[]): Promise<void> => {
  const source = await openEvidenceSource(work, suiteWasm.sha256);
  const dataOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const changes: string[] = [];
  for (const commit of commits) {
    const { statement, events } = attest(world, {
      facts: await source.facts(commit),
      remote: repository.url,
    });
    for (const [part, text] of Object.entries({ statement, events }))
      changes.push(`M 100644 inline ${commit}/${EVIDENCE_FILES[part as 'events']}\n${dataOf(text)}`);
  }
  const head = `commit refs/entangle/attestations\ncommitter ${WHO}\n${dataOf('evidence')}`;
  feedGit(work, `${head}${changes.join('')}`, 'fast-import', '--quiet');
};

/** Milliseconds, and the most memory that it had, in megabytes. */
const verified = async ({ work, root, repository }: Fixture, range: string) => {
  const [own, home] = [[BIN, 'verify', range], join(root, 'nobody')];
  const args = [
    ...own,
    '--repo',
    work,
    '--authority',
    npub(world.actors.host.pubkey),
    '--repository',
    repository.url,
  ];
  const start = process.hrtime.bigint();
  const running = promisify(execFile)(process.execPath, [...args, '--home', home, '--json'], {
    ...{ env: environment(home), maxBuffer: 2 ** 26 },
  });
  let megabytes = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8');
      megabytes = Math.max(megabytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended
    }
  }, LOOK_MS);
  await running.finally(() => clearInterval(look));
  return { ms: Number(process.hrtime.bigint() - start) / 1e6, megabytes };
};

const gitsOwn = ({ work, root }: Fixture, range: string): number => {
  const signers = join(root, 'signers');
  writeFileSync(signers, `agent@example.com namespaces="git" ${PLAIN.line}\n`);
  const args = [
    '-c',
    'gpg.format=ssh',
    '-c',
    `gpg.ssh.allowedSignersFile=${signers}`,
    'log',
    '--format=%G?',
    range,
  ];
  const start = process.hrtime.bigint();
  const said = execFileSync('git', args, { cwd: work, encoding: 'utf8' });
  if (!/^(?:G\n)+$/.test(said)) throw new Error(`git does not take them: ${said.slice(0, 100)}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
};

export const run = async (count = COMMITS, few = FEW, rounds = ROUNDS) => {
  const fixture = gitFixture({ 'a.txt': 'a\n' });
  try {
    const base = plainGit(fixture.work, 'rev-parse', 'HEAD');
    const commits = signedCommits(fixture, count);
    await attestAll(fixture, commits);
    const range = `${base}..${commits.at(-1)}`;
    const short = `${base}..${commits[few - 1]}`;
    const taken = { git: [] as number[], all: [] as number[], memory: [] as number[], less: [] as number[] };
    // In turn: what else the machine does meets each of them
    for (let round = 0; round < rounds; round++) {
      const all = await verified(fixture, range);
      taken.git.push(gitsOwn(fixture, range));
      taken.all.push(all.ms);
      taken.memory.push(all.megabytes);
      taken.less.push((await verified(fixture, short)).megabytes);
    }
    return [
      compared(
        `verify of ${count} commits against git log --format=%G?`,
        median(taken.all),
        median(taken.git),
        'ms',
        atMost(1),
      ),
      compared(
        `memory of it against ${few} commits`,
        median(taken.memory),
        median(taken.less),
        'MB',
        atMost(1.2),
      ),
    ];
  } finally {
    fixture.remove();
  }
};

export const quick = () => run(200, 50);
