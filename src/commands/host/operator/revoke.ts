import { endOperator } from '../../../cli/host/operator-end.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags, nameArg, yes } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { OperatorView } from '../../../core/host-api/shapes.ts';

export default class HostOperatorRevoke extends BaseCommand<typeof HostOperatorRevoke> {
  static override summary = 'Revoke an operator immediately and permanently.';
  static override examples = ['<%= config.bin %> host operator revoke ci-plan'];
  static override args = { operator: nameArg({ description: 'name of the operator', required: true }) };
  static override flags = { yes, ...hostFlags };

  execute(
    flags: FlagsOf<typeof HostOperatorRevoke>,
    args: ArgsOf<typeof HostOperatorRevoke>,
  ): Promise<OperatorView> {
    return endOperator(hostClient(this.home, flags), 'operators.revoke', args.operator, flags);
  }

  override render(one: OperatorView): string {
    return `${one.name} (${one.role}) was revoked at ${one.revoked}`;
  }
}
