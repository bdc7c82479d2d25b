import { type ArgsOf, BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';
import { completionScript } from '../cli/kit/completion.ts';
import { wordArg } from '../cli/kit/flags.ts';
import { loadConfig } from '../cli/kit/help.ts';
import { SHELLS } from '../core/vocabulary.ts';

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'Print a completion script for your shell.';
  static override examples = [
    { description: 'load it into this bash', command: 'source <(entangle completion bash)' },
    {
      description: 'install it for fish',
      command: 'entangle completion fish > ~/.config/fish/completions/entangle.fish',
    },
  ];
  static override args = {
    shell: wordArg(SHELLS)({ description: 'shell that reads the script', required: true }),
  };

  async execute(_flags: FlagsOf<typeof Completion>, args: ArgsOf<typeof Completion>) {
    const config = await loadConfig(this.config.root);
    return { shell: args.shell, script: completionScript(args.shell, config.commands) };
  }

  override render(value: { script: string }): string {
    return value.script;
  }
}
