import { type Added, addByFlags, operatorAddFlags } from '../../../cli/host/operator-add.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { nameArg } from '../../../cli/kit/flags.ts';
import { pairs } from '../../../cli/kit/render.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';

export default class HostOperatorAdd extends BaseCommand<typeof HostOperatorAdd> {
  static override summary = 'Add an operator: a colleague or a CI job, by a token or by a key.';
  static override description =
    'The token is created here and written to a new file that only you can read. It is never printed, and the Host gets only its SHA-256. Hand the file over, then delete it. With --npub no token is made: the operator signs each request with a key that `entangle host operator keygen` made.';
  static override examples = [
    '<%= config.bin %> host operator add ci-plan --role viewer --expires 90d',
    '<%= config.bin %> host operator add ci-apply --role editor --token-out ./ci-apply.token',
    '<%= config.bin %> host operator add alice --role admin --npub NPUB',
  ];
  static override args = {
    name: nameArg({ description: 'name of the operator; never used before', required: true }),
  };
  static override flags = operatorAddFlags;

  execute(flags: FlagsOf<typeof HostOperatorAdd>, args: ArgsOf<typeof HostOperatorAdd>): Promise<Added> {
    return addByFlags(this.home, hostClient(this.home, flags), args.name, flags);
  }

  override render(made: Added): string {
    return pairs([
      ['operator', made.name],
      ['role', made.role],
      ['expires', made.expires ?? 'never'],
      made.tokenFile === null ? ['key', made.key] : ['token', made.tokenFile],
    ]);
  }
}
