/** How long `up` takes in a repository until a task can be asked of it, the first time and again, against a bare Node. */
import { mkdirSync } from 'node:fs';
import { atMost, compared, median, timed } from '../scripts/bench/measure.ts';
import { tempHomes } from '../test/support/cli.ts';
import { foreground } from '../test/support/foreground.ts';
import { plainGit, writeFiles } from '../test/support/git-fixtures.ts';

const ROUNDS = 3;

type Place = { repository: string; home: string };
const places = (here: ReturnType<typeof tempHomes>, count: number): Place[] =>
  Array.from({ length: count }, (_, n) => {
    const [repository, home] = [here.home(`repository${n}`), here.home(`me${n}`)];
    for (const one of [repository, home]) mkdirSync(one);
    plainGit(repository, 'init', '--quiet', '--initial-branch=main');
    writeFiles(repository, { 'a.txt': 'a\n' });
    plainGit(repository, 'add', '.');
    plainGit(repository, 'commit', '--quiet', '--message', 'one');
    return { repository, home };
  });

/** Milliseconds until it says that it is ready. */
const ready = async ({ repository, home }: Place): Promise<number> => {
  const start = performance.now();
  const process = foreground(repository, home, ['up', '--json', '--no-input']);
  await process.line(() => true);
  const took = performance.now() - start;
  process.child.kill('SIGINT');
  await process.ended;
  return took;
};

export const run = async (rounds = ROUNDS) => {
  const here = tempHomes();
  try {
    const [first, again, bare]: [number[], number[], number[]] = [[], [], []];
    for (const place of places(here, rounds)) {
      bare.push(timed(['-e', '0']));
      first.push(await ready(place));
      again.push(await ready(place));
    }
    const node = median(bare);
    return [
      compared(
        '`up` until it is ready, the first time, against `node -e 0`',
        median(first),
        node,
        'ms',
        atMost(2_500, 'ours'),
      ),
      compared('`up` until it is ready, again', median(again), node, 'ms', atMost(1_200, 'ours')),
    ];
  } finally {
    await here.clean();
  }
};
