/**
 * `npm run mutation [folder…]`: takes rules out of core and services, one at a time, and counts those that no fast test
 * misses. Works on a copy of the committed files, so the tree can be edited meanwhile; results are kept between runs.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FolderScore, mutationTable, scoreOf } from './mutation-score.ts';
import { root } from './stamp.js';

/** A folder of src, and the least score that it must have. */
const FOLDERS: Readonly<Record<string, number>> = {
  'core/protocol': 85,
  'core/machines': 85,
  'services/messaging': 85,
  'services/user': 85,
  'core/crypto': 75,
  'core/encoding': 75,
  'core/graph': 75,
  'core/ledger': 75,
  'core/nostr': 75,
  'core/projection': 75,
  'core/source': 75,
  'services/graph': 75,
  'services/host': 75,
  'services/runner': 75,
  'services/setup': 75,
};
const reports = join(root, 'reports', 'mutation');
const reportOf = (folder: string): string => join(reports, `${folder.replace('/', '-')}.json`);

/** The committed files in a directory of their own, with this checkout's packages. */
function copyTree(): string {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-mutation-'));
  const { stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  for (const path of stdout.split('\0').filter(Boolean)) {
    mkdirSync(join(directory, dirname(path)), { recursive: true });
    cpSync(join(root, path), join(directory, path));
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

/** One folder after the other: a run that is cut short keeps what it has. */
function mutate(directory: string, folder: string): boolean {
  const args = [
    'run',
    '--mutate',
    `src/${folder}/**/*.ts,!src/**/*.test.ts`,
    '--incrementalFile',
    `${reportOf(folder)}.incremental`,
  ];
  const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const env = { ...process.env, MUTATION: folder };
  const done = spawnSync(process.execPath, [stryker, ...args], {
    cwd: directory,
    env,
    stdio: ['ignore', 2, 2],
  });
  const made = join(directory, 'reports', 'mutation', 'mutation.json');
  if (done.status !== 0 || !existsSync(made)) return false;
  cpSync(made, reportOf(folder));
  rmSync(made);
  return true;
}

const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const folders = asked.length > 0 ? asked : Object.keys(FOLDERS);
mkdirSync(reports, { recursive: true });
if (!process.argv.includes('--report')) {
  const directory = copyTree();
  try {
    for (const folder of folders) if (!mutate(directory, folder)) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
const scores: FolderScore[] = folders
  .filter((folder) => existsSync(reportOf(folder)))
  .map((folder) =>
    scoreOf(folder, FOLDERS[folder] ?? 75, JSON.parse(readFileSync(reportOf(folder), 'utf8'))),
  );
const table = mutationTable(scores);
console.log(table);
writeFileSync(join(reports, 'table.md'), `${table}\n`);
if (scores.some(({ score, least }) => score < least)) process.exitCode = 1;
