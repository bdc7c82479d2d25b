import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/base-command.ts';
import { tokenFile } from '../../../cli/flags.ts';
import { operatorName } from '../../../cli/operator-name.ts';
import { operatorApi } from '../../../cli/serve.ts';
import type { OperatorView } from '../../../services/host/operators.ts';

export default class HostOperatorRevoke extends BaseCommand<typeof HostOperatorRevoke> {
  static override summary = 'End an operator token at once, for good.';
  static override args = { name: Args.string({ description: 'its name', required: true }) };
  static override flags = { 'token-file': tokenFile };

  async execute(
    flags: FlagsOf<typeof HostOperatorRevoke>,
    args: ArgsOf<typeof HostOperatorRevoke>,
  ): Promise<OperatorView> {
    const path = `/v1/operators/${operatorName(args.name)}/revoke`;
    return operatorApi(this.home, flags['token-file'])('POST', path);
  }

  override render(one: OperatorView): string {
    return `${one.name} (${one.role}) is revoked since ${one.revoked}`;
  }
}
