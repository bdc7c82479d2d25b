/** What `npm test` runs: types and style beside the build, then every test on what was built; the last line counts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBuilt, root } from './stamp.js';

type Step = { name: string; command: string[] };
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

function start(step: Step, stdio: 'pipe' | 'inherit'): ChildProcess {
  const [command = '', ...args] = step.command;
  return spawn(command, args, { cwd: root, stdio: ['ignore', stdio, stdio] });
}

const exitOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.on('error', (error) => {
      console.log(error.message);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });

/** Output is kept until the step ends, because steps run beside each other; a step that is fine says one line. */
async function run(step: Step): Promise<boolean> {
  const began = performance.now();
  const child = start(step, 'pipe');
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await exitOf(child);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  if (code !== 0) process.stdout.write(Buffer.concat(output));
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${step.name} (${seconds} s)`);
  return code === 0;
}

const build: Step = { name: 'build', command: [process.execPath, 'scripts/build.ts', '--keep-manifest'] };
const steps: Step[] = [
  { name: 'types', command: [bin('tsc'), '--noEmit'] },
  { name: 'style', command: [bin('biome'), 'check', '--error-on-warnings', '.'] },
  // Tests run what is built, so a build of other sources is never used.
  ...(isBuilt() ? [] : [build]),
];

type Counts = { passed: number; failed: number };

async function test(args: readonly string[]): Promise<Counts & { code: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-check-'));
  const file = join(directory, 'result.json');
  const command = [
    bin('vitest'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...args,
  ];
  try {
    const code = await exitOf(start({ name: 'tests', command }, 'inherit'));
    const result = JSON.parse(readFileSync(file, 'utf8'));
    // A file that fails to load holds no test, yet must not count as nothing.
    const broken = result.testResults.filter(
      (one: { status: string; assertionResults: unknown[] }) =>
        one.status === 'failed' && one.assertionResults.length === 0,
    ).length;
    return { code, passed: result.numPassedTests, failed: result.numFailedTests + broken };
  } catch {
    return { code: 1, passed: 0, failed: 1 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const fine = await Promise.all(steps.map(run));
const failedSteps = fine.filter((ok) => !ok).length;
const tests = await test(process.argv.slice(2));
const failed = tests.failed + failedSteps + (tests.code !== 0 && tests.failed === 0 ? 1 : 0);
console.log(`${tests.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
