import { completionScript } from '../cli/completion/script.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';
import { wordArg } from '../cli/kit/flags.ts';
import { SHELLS } from '../core/command-words.ts';

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'Print a completion script for your shell.';
  static override description =
    'It completes commands, flags and what they take: ids, nodes, runners, operators and revisions as the homes on this machine have them, graph files, files. It asks no relay and no Host, opens no key and writes nothing.';
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

  /** `completion SHELL -- WORDS`, as the scripts ask, is answered whatever the settings say. */
  override async run(): Promise<void> {
    const shell = SHELLS.find((one) => one === this.argv[0]);
    if (shell === undefined || this.argv[1] !== '--') return super.run();
    const { answerTo } = await import('../cli/completion/answer.ts');
    const world = { root: this.config.root, env: process.env, directory: process.cwd() };
    process.stdout.write(await answerTo(shell, this.argv.slice(2), world));
  }

  async execute(_flags: FlagsOf<typeof Completion>, { shell }: ArgsOf<typeof Completion>) {
    return { shell, script: completionScript(shell) };
  }

  override render(value: { script: string }): string {
    return value.script;
  }
}
