/**
 * What `npm test` runs: types and style beside the build, then every test on what was built: the stories and what
 * adapters promise, which wait for processes, beside the rest, which computes. The last line counts.
 */
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

function keptOf(child: ChildProcess): Buffer[] {
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => output.push(chunk));
  return output;
}

/** Output is kept until the step ends, because steps run beside each other; a step that is fine says one line. */
async function run(step: Step): Promise<boolean> {
  const began = performance.now();
  const child = start(step, 'pipe');
  const output = keptOf(child);
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
type Tests = { args: readonly string[]; stdio: 'pipe' | 'inherit' };

/** What is named is one run, and so are the long counts. Everything is three: one is shown as it goes, the others when they end. */
function runsOf(args: readonly string[]): Tests[] {
  const shown = (more: readonly string[]): Tests => ({ args: [...args, ...more], stdio: 'inherit' });
  if (args.length > 0 || process.env.SLOW === '1') return [shown([])];
  // Agents give way to all else, so what waits for them waits beside what computes, and not alone afterwards
  return [
    shown(['--project', 'e2e', '--maxWorkers', '3']),
    { args: ['--project', 'contract', '--maxWorkers', '2'], stdio: 'pipe' },
    { args: ['--project', 'unit', '--project', 'sim', '--maxWorkers', '2'], stdio: 'pipe' },
  ];
}

async function test({ args, stdio }: Tests): Promise<Counts> {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-check-'));
  const file = join(directory, 'result.json');
  const command = [
    bin('vitest'),
    'run',
    '--reporter=default',
    '--reporter=json',
    '--reporter=./test/support/stuck-reporter.ts',
    `--outputFile.json=${file}`,
    ...args,
  ];
  try {
    const child = start({ name: 'tests', command }, stdio);
    const output = keptOf(child);
    const code = await exitOf(child);
    process.stdout.write(Buffer.concat(output));
    const result = JSON.parse(readFileSync(file, 'utf8'));
    // A file that fails to load holds no test, yet must not count as nothing.
    const broken = result.testResults.filter(
      (one: { status: string; assertionResults: unknown[] }) =>
        one.status === 'failed' && one.assertionResults.length === 0,
    ).length;
    const failed = result.numFailedTests + broken;
    return { passed: result.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const fine = await Promise.all(steps.map(run));
const failedSteps = fine.filter((ok) => !ok).length;
const tests = await Promise.all(runsOf(process.argv.slice(2)).map(test));
const passed = tests.reduce((sum, one) => sum + one.passed, 0);
const failed = tests.reduce((sum, one) => sum + one.failed, failedSteps);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
