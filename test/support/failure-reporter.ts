/** Writes the title, message and difference of each failed test into the file that FAILURES names. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export default class FailureReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const failed = modules.flatMap((module) => [...module.children.allTests('failed')]);
    const texts = failed.map((one) => {
      const errors = one.result().errors ?? [];
      return [
        one.fullName,
        ...errors.map(({ message, diff, actual }) => `${message}\n${diff ?? ''}\n${actual ?? ''}`),
      ].join('\n');
    });
    writeFileSync(process.env.FAILURES!, texts.join('\n'));
  }
}
