import { endOperator } from '../../../cli/host/operator-end.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags, nameArg, yes } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { OperatorView } from '../../../core/host-api/shapes.ts';

export default class HostOperatorUnbind extends BaseCommand<typeof HostOperatorUnbind> {
  static override summary =
    'End a binding immediately and permanently, with the tokens that were given for it.';
  static override examples = ['<%= config.bin %> host operator unbind ci-apply'];
  static override args = { operator: nameArg({ description: 'name of the operator', required: true }) };
  static override flags = { yes, ...hostFlags };

  execute(
    flags: FlagsOf<typeof HostOperatorUnbind>,
    args: ArgsOf<typeof HostOperatorUnbind>,
  ): Promise<OperatorView> {
    return endOperator(hostClient(this.home, flags), 'operators.unbind', args.operator, flags);
  }

  override render(one: OperatorView): string {
    return `${one.name} (${one.role}) was unbound at ${one.revoked}`;
  }
}
