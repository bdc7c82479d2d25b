/**
 * Ends a run that stands still, and says where. The time a test may take ends nothing while that blocks its process, as one does that
 * waits for a program by `spawnSync`; without this such a run never ends, and nobody hears which file it was. What such a process was
 * about to report is not heard: the test that blocks is the one after what was heard last.
 */
import { execFileSync } from 'node:child_process';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { isSlow } from './counts.ts';

/** Longer than any test or hook may take (`vitest.config.ts`), in milliseconds. */
const LIMIT_MS = Number(process.env.STUCK_AFTER_MS ?? (isSlow ? 7_200_000 : 900_000));
/** What stands for the run itself, between its files and after them. */
const RUN = 'the run';

type Line = { pid: number; parent: number; text: string };

/** What this process started, and what that started, each below who started it. */
function descendants(): Line[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,ppid=,etime=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line): Line[] => {
      const [, pid, parent, rest = ''] = /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), parent: Number(parent), text: `${pid} ${rest.slice(0, 200)}` }] : [];
    });
  const below = (parent: number, indent: string): Line[] =>
    lines
      .filter((one) => one.parent === parent)
      .flatMap((one) => [{ ...one, text: indent + one.text }, ...below(one.pid, `${indent}  `)]);
  return below(process.pid, '  ');
}

export default class StuckReporter implements Reporter {
  #last = new Map<string, { at: number; what: string }>();

  #note(key: string, what: string): void {
    const at = performance.now();
    this.#last.set(key, { at, what });
    this.#last.set(RUN, { at, what: `${key}: ${what}` });
  }

  onTestRunStart(): void {
    this.#note(RUN, 'it began');
    setInterval(() => this.#look(), LIMIT_MS / 30).unref();
  }
  onTestModuleStart({ moduleId }: TestModule): void {
    this.#note(moduleId, 'it began');
  }
  onTestCaseReady({ module, fullName }: TestCase): void {
    this.#note(module.moduleId, `“${fullName}” began`);
  }
  onTestCaseResult({ module, fullName }: TestCase): void {
    this.#note(module.moduleId, `“${fullName}” ended`);
  }
  onTestModuleEnd({ moduleId }: TestModule): void {
    this.#note(moduleId, 'it ended');
    this.#last.delete(moduleId);
  }

  #look(): void {
    const silent = [...this.#last].filter(([, { at }]) => performance.now() - at > LIMIT_MS);
    if (silent.length === 0) return;
    const files = silent.filter(([key]) => key !== RUN);
    const minutes = (LIMIT_MS / 60_000).toFixed(1);
    const processes = descendants();
    console.error(`\nSTUCK: nothing was heard for ${minutes} minutes of`);
    for (const [key, { what }] of files.length > 0 ? files : silent)
      console.error(`  ${key}, where last ${what}`);
    console.error(['what runs there:', ...processes.map(({ text }) => text)].join('\n'));
    for (const { pid } of processes) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    process.exit(1);
  }
}
