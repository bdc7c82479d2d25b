/** Flags of V8 that a command sets (`bin/start.js`): V8 is running by then, and may be compiling. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../scripts/stamp.js';

/** Sets them in the middle of what is compiled in the background, forty times; what makes V8 abort does so within some ten. */
const SETTING = `
const { setFlagsFromString } = require('node:v8');
const { FLAGS } = require(${JSON.stringify(join(root, 'bin', 'start.js'))});
const heat = (made, rounds, by) => {
  for (let i = 0; i < rounds; i++) for (const one of made) one(i, by);
};
for (let round = 0; round < 40; round++) {
  setFlagsFromString('--maglev-build-code-on-background');
  const made = Array.from({ length: 20 }, (_, i) => new Function('a', 'b',
    \`let sum = \${round * 20 + i}; for (let at = 0; at < 50; at++) { sum += a * at + b; if (at % 7 === \${i}) sum ^= b; } return { a, sum, both: [b, sum] };\`));
  heat(made, 160, 1);
  const until = performance.now() + Math.random() * 3;
  while (performance.now() < until);
  for (const flag of FLAGS[process.argv[1]]) setFlagsFromString(flag);
  heat(made, 160, 0.5);
}
process.stdout.write('went on');
`;

test.each(['user', 'serve', 'graph'])('those of %s can be set while functions are compiled', (kind) => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', SETTING, kind], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['went on', '']);
});
