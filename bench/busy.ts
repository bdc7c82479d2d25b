/** What a trace that never stops costs the screen of `user watch`: ten minutes of it, by a clock that is told, in a process of its own. */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { atMost, compared } from '../scripts/bench/measure.ts';

const root = resolve(import.meta.dirname, '..');
/** Beside the packages that it imports. */
const BUNDLE = join(root, 'dist', 'bench', 'busy-screen.js');

type Figures = { share: number; key: number; memory: { early: number; late: number } };

/** Of a collector that may work at once: what it leaves lying is not what grows. */
export const run = async () => {
  await build({
    ...{ entryPoints: [join(root, 'test/support/busy-screen.ts')], outfile: BUNDLE },
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', jsx: 'automatic' },
  });
  const { CI: _, ...env } = process.env;
  const told = execFileSync(process.execPath, ['--expose-gc', BUNDLE], {
    env: { ...env, NODE_ENV: 'production' },
    encoding: 'utf8',
  });
  const { share, key, memory } = JSON.parse(told) as Figures;
  return [
    compared('10,000 rows a minute in model and screen against 15 % of a core', share, 15, '%', atMost(1)),
    compared('a key to its frame meanwhile against 50 ms', key, 50, 'ms', atMost(1)),
    compared('memory after ten minutes of them against after two', memory.late, memory.early, 'MB'),
  ];
};

/** Ten minutes by any clock are work. */
export const quick = null;
