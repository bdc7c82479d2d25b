import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { passphraseFile, requiredKeys, userName } from '../../cli/kit/flags.ts';
import { pairs } from '../../cli/kit/render.ts';
import { setupTools } from '../../cli/wiring/setup-tools.ts';
import { initNewcomer } from '../../services/setup/setup.ts';

type Made = { npub: string; name: string };

export default class UserInit extends BaseCommand<typeof UserInit> {
  static override summary = 'Create your key on this device.';
  static override examples = ['<%= config.bin %> user init --keys keyring'];
  static override flags = {
    user: userName,
    keys: requiredKeys,
    'passphrase-file': passphraseFile,
  };

  execute(flags: FlagsOf<typeof UserInit>): Promise<Made> {
    const tools = setupTools(
      this.home.user(flags.user),
      flags.keys,
      flags['passphrase-file'],
      !flags['no-input'],
    );
    return initNewcomer(tools, { kind: 'user', name: flags.user, settings: null });
  }

  override render(made: Made): string {
    return `${pairs([
      ['user', made.name],
      ['npub', made.npub],
    ])}\nGive the npub to an operator for the graph; then: ${this.again('entangle user join INVITE')}`;
  }
}
