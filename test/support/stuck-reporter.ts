/**
 * Ends a run that stands still, and says where. The time a test may take ends nothing while that blocks its process, as one does that
 * waits for a program by `spawnSync`; without this such a run never ends, and nobody hears which file it was. What such a process was
 * about to report is not heard: the test that blocks is the one after what was heard last.
 */
import { execFileSync } from 'node:child_process';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { isSlow } from './counts.ts';
import { createSilence } from './silence.ts';

/** Longer than any test or hook may take (`vitest.config.ts`), in milliseconds. */
const LIMIT_MS = Number(process.env.STUCK_AFTER_MS ?? (isSlow ? 7_200_000 : 900_000));
/** Looks, not the clock, are counted: a run that was stopped, or whose machine slept, has not been silent. */
const LOOKS = 30;

type Line = { pid: number; parent: number; text: string };

/** What this process started and still belongs to it, each below who started it; nothing where there is no `ps`. */
function descendants(): Line[] {
  const args = ['-axww', '-o', 'pid=,ppid=,etime=,stat=,args='];
  let output: string;
  try {
    output = execFileSync('ps', args, { encoding: 'utf8', maxBuffer: Number.POSITIVE_INFINITY });
  } catch (error) {
    console.error(`  (${String(error)})`);
    return [];
  }
  const lines = output.split('\n').flatMap((line): Line[] => {
    const [, pid, parent, rest = ''] = /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? [];
    const isOther = pid !== undefined && !rest.endsWith(args.join(' '));
    return isOther
      ? [{ pid: Number(pid), parent: Number(parent), text: `${pid} ${rest.slice(0, 200)}` }]
      : [];
  });
  const below = (parent: number, indent: string): Line[] =>
    lines
      .filter((one) => one.parent === parent)
      .flatMap((one) => [{ ...one, text: indent + one.text }, ...below(one.pid, `${indent}  `)]);
  return below(process.pid, '  ');
}

function endOf(files: readonly string[]): never {
  console.error(`\nSTUCK: nothing was heard for ${(LIMIT_MS / 60_000).toFixed(1)} minutes. Not ended:`);
  for (const file of files) console.error(`  ${file}`);
  console.error('What runs there:');
  const processes = descendants();
  for (const { text } of processes) console.error(text);
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  process.exit(1);
}

export default class StuckReporter implements Reporter {
  #silence = createSilence(LOOKS);

  onTestRunStart(): void {
    setInterval(() => {
      const files = this.#silence.look();
      if (files) endOf(files);
    }, LIMIT_MS / LOOKS).unref();
  }
  onTestModuleQueued({ moduleId }: TestModule): void {
    this.#silence.heard(moduleId, 'it was begun');
  }
  onTestCaseReady({ module, fullName }: TestCase): void {
    this.#silence.heard(module.moduleId, `“${fullName}” began`);
  }
  onTestCaseResult({ module, fullName }: TestCase): void {
    this.#silence.heard(module.moduleId, `“${fullName}” ended`);
  }
  onHookStart(): void {
    this.#silence.broken();
  }
  onHookEnd(): void {
    this.#silence.broken();
  }
  onTestModuleEnd({ moduleId }: TestModule): void {
    this.#silence.ended(moduleId);
  }
}
