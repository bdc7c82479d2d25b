import { addContext, type ContextView, nearerThan } from '../../cli/context/contexts.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags, nameArg } from '../../cli/kit/flags.ts';
import { pairs } from '../../cli/kit/render.ts';

const { context: _, 'operator-passphrase-file': __, ...placeFlags } = hostFlags;

export default class ContextAdd extends BaseCommand<typeof ContextAdd> {
  static override summary = 'Name a Host that you operate, and where your token or key for it lies.';
  static override description =
    'The first one is used from then on: commands that ask a Host are for it, unless a flag or a variable names a Host or a home, or you stand in a repository with a federation of its own (`entangle up`). No token and no key is copied.';
  static override examples = [
    '<%= config.bin %> context add prod --host-url https://host.example.org:8443 --token-file ~/prod.token',
    '<%= config.bin %> context add lab --host-url https://localhost:8443 --host-ca lab.pem --token-file lab.token',
    '<%= config.bin %> context add prod --host-url https://host.example.org:8443 --operator-key-file ~/alice.ncryptsec --host-npub NPUB',
  ];
  static override args = { name: nameArg({ description: 'name of the context', required: true }) };
  static override flags = {
    ...placeFlags,
    'host-url': { ...placeFlags['host-url'], description: 'address of the Host: https://NAME:PORT' },
    'token-file': { ...placeFlags['token-file'], description: 'file with your operator token for it' },
  };

  execute(flags: FlagsOf<typeof ContextAdd>, args: ArgsOf<typeof ContextAdd>): Promise<ContextView> {
    return addContext(process.env, args.name, flags);
  }

  override render(made: ContextView): string {
    const but = made.current ? nearerThan(this.home.root, process.env) : null;
    return `${pairs([
      ['context', made.name],
      ['host', made.url],
      ['used', made.current ? 'yes, from now on' : `no: \`entangle context use ${made.name}\``],
    ])}${but === null ? '' : `\n${but}`}`;
  }
}
