/** How long commands of the one file take to start, against a bare Node of the same version: medians, turn by turn. */
import { join } from 'node:path';
import { atMost, compared, median, timed } from '../scripts/bench/measure.ts';
import { root } from '../scripts/stamp.js';
import { environment, tempHomes } from '../test/support/cli.ts';
import { STARTED_GRAPH } from './start.ts';

const ROUNDS = 21;
/** What a command compiled is kept when it has run so often (`bin/code.js`). */
const WARM = 4;
const COMMANDS = [
  ['--version', 1.4],
  ['graph validate', 2.9],
] as const;

/** Milliseconds. */
export const run = async () => {
  const here = tempHomes();
  timed([join(root, 'scripts/binary.ts'), '--out', here.root]);
  const file = join(here.root, `entangle-${process.platform}-${process.arch}`);
  const graph = here.file('graph.yaml', STARTED_GRAPH);
  const env = environment(here.home('anybody'));
  try {
    return COMMANDS.map(([words, most]) => {
      const args = [...words.split(' '), ...(words.startsWith('graph') ? [graph] : [])];
      for (let i = 0; i < WARM; i++) timed(args, env, file);
      const [ours, bare]: [number[], number[]] = [[], []];
      for (let i = 0; i < ROUNDS; i++) {
        bare.push(timed(['-e', '0']));
        ours.push(timed(args, env, file));
      }
      const name = `start of \`${words}\` of the one file against \`node -e 0\``;
      return compared(name, median(ours), median(bare), 'ms', atMost(most));
    });
  } finally {
    await here.clean();
  }
};

/** It builds a file first. */
export const quick = null;
