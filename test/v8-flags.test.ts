/** Flags of V8 that a command sets (`bin/start.js`): V8 is running by then, and may be compiling. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../scripts/stamp.js';

/** Sets them in the middle of what is compiled in the background, forty times; what makes V8 abort does so within some ten. */
const SETTING = `
const { setFlagsFromString } = require('node:v8');
const { flagsOf } = require(${JSON.stringify(join(root, 'bin', 'start.js'))});
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
  for (const flag of flagsOf(process.argv.slice(1))) setFlagsFromString(flag);
  heat(made, 160, 0.5);
}
process.stdout.write('went on');
`;

const { flagsOf } = createRequire(import.meta.url)(join(root, 'bin', 'start.js')) as {
  flagsOf(args: readonly string[]): string[];
};

test.each([
  ['user', 'inbox'],
  ['host', 'serve'],
  ['graph', 'validate'],
])('those of %s %s can be set while functions are compiled', (...args) => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', SETTING, ...args], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['went on', '']);
});

/** A process ends when its threads have; one that makes code in the background may wait for memory of the main thread, which waits for it. */
const COMMANDS = globSync('**/*.ts', { cwd: join(root, 'src/commands') }).map((path) =>
  path.slice(0, -'.ts'.length),
);
test.each([...COMMANDS, 'relay/serve', '--help', '--home/x/user/inbox', ''])(
  '"%s" makes no code in the background',
  (path) => {
    expect(flagsOf(path.split('/'))).toEqual(
      expect.arrayContaining([
        '--no-concurrent-sparkplug',
        '--no-maglev-deopt-data-on-background',
        '--no-maglev-build-code-on-background',
      ]),
    );
  },
);

test.each([['--version'], ['-v'], ['-V'], ['version']])('%s alone loads nothing to set any', (word) => {
  expect(flagsOf([word])).toEqual([]);
  expect(flagsOf([word, '--json'])).not.toEqual([]);
});
