import { SECRET_COLUMNS, secretRow } from '../../../cli/host/secret-text.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';

type Secrets = OutputOf<'secrets.list'>;

export default class HostSecretList extends BaseCommand<typeof HostSecretList> {
  static override summary =
    'List secrets: their versions, who uses them, who was given them when; never their values.';
  static override description =
    'What a node of the active graph names and nobody has set is missing: turns of that node fail. What a runner had that is trusted no more is exposed until it is replaced.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostSecretList>): Promise<Secrets> {
    return callHost(hostClient(this.home, flags), 'secrets.list');
  }

  override render({ items }: Secrets): string {
    const now = Date.now();
    return this.table(
      SECRET_COLUMNS,
      items.map((one) => secretRow(one, now)),
    );
  }
}
