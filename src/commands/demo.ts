import * as Flags from '@oclif/core/flags';
import { BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';
import { isInteractive } from '../cli/kit/confirm.ts';
import { type DemoResult, runDemo } from '../local/demo.ts';
import { demoLines, personApproves, stepLine } from '../local/demo-text.ts';

export default class Demo extends BaseCommand<typeof Demo> {
  static override summary = 'Run one task through a whole federation in a temporary repository.';
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --no-input --json'];
  static override flags = {
    keep: Flags.string({
      description: 'keep the state in DIR instead of deleting it',
      env: 'ENTANGLE_KEEP',
      helpValue: 'DIR',
    }),
  };

  execute(flags: FlagsOf<typeof Demo>): Promise<DemoResult> {
    const asks = isInteractive(flags['no-input']);
    if (!asks) this.progress('no terminal: the demo approves by itself');
    return runDemo({
      keep: flags.keep,
      say: (text) => this.progress(text),
      onStep: (step) => this.progress(stepLine(step)),
      approve: asks ? personApproves : null,
      signal: this.signal,
    });
  }

  override render(result: DemoResult): string {
    return demoLines(result);
  }
}
