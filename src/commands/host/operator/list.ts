import { BaseCommand, type FlagsOf } from '../../../cli/base-command.ts';
import { tokenFile } from '../../../cli/flags.ts';
import { table } from '../../../cli/render.ts';
import { operatorApi } from '../../../cli/serve.ts';
import type { OperatorView } from '../../../services/host/operators.ts';

type Operators = { items: OperatorView[]; next: null };

export default class HostOperatorList extends BaseCommand<typeof HostOperatorList> {
  static override summary = 'List operators: role, whether in force, until when.';
  static override flags = { 'token-file': tokenFile };

  execute(flags: FlagsOf<typeof HostOperatorList>): Promise<Operators> {
    return operatorApi(this.home, flags['token-file'])('GET', '/v1/operators');
  }

  override render({ items }: Operators): string {
    const rows = items.map((one) => [one.name, one.role, one.state, one.expires ?? 'never', one.revoked]);
    return table(['name', 'role', 'state', 'expires', 'revoked'], rows);
  }
}
