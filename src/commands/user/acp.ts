import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { nameFlag, passphraseFile, userName } from '../../cli/kit/flags.ts';
import { serveEditor } from '../../cli/user/acp-serve.ts';
import { UserCommand } from '../../cli/user/command.ts';

export default class UserAcp extends UserCommand<typeof UserAcp> {
  static override summary = 'Serve an editor that speaks the Agent Client Protocol, until it is closed.';
  static override description =
    'An editor starts it, and speaks with it over its standard input and output. A prompt is a task for a node, signed by you; what its turn tells is shown as it comes. A question of the node is answered by your next prompt. An approval is shown and never given there: it is given in `entangle user watch` or with `entangle user approve`.';
  static override examples = ['<%= config.bin %> user acp --to builder'];
  static override flags = {
    user: userName,
    'passphrase-file': passphraseFile,
    to: nameFlag({
      description:
        'node that gets the tasks; without it the only one that takes yours, or one chosen in the editor',
      env: 'ENTANGLE_ACP_TO',
      helpValue: 'NODE',
    }),
  };

  /** Its output is the protocol alone. */
  protected override get json(): boolean {
    return false;
  }

  async execute(flags: FlagsOf<typeof UserAcp>): Promise<void> {
    const signal = this.servingSignal;
    const options = { to: flags.to ?? null, home: this.home.root, directory: process.cwd(), signal };
    const { version } = this.config;
    const streams = { from: process.stdin, to: process.stdout };
    await this.withUser({ ...flags, 'no-input': true, sync: 0 }, (user) =>
      serveEditor(user, streams, { ...options, version }),
    );
  }
}
