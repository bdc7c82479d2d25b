import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { age } from '../../../core/encoding/age.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';

type Secrets = OutputOf<'secrets.list'>;

export default class HostSecretList extends BaseCommand<typeof HostSecretList> {
  static override summary = 'List secrets with their age and the nodes that use them, never their values.';
  static override description =
    'What a node of the active graph names and nobody has set is listed as missing: turns of that node fail.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostSecretList>): Promise<Secrets> {
    return callHost(hostClient(this.home, flags), 'secrets.list');
  }

  override render({ items }: Secrets): string {
    const now = Date.now();
    const rows = items.map((one) => [
      one.name,
      one.set === null ? 'missing' : age(one.set, now),
      one.set === null ? '' : one.by,
      one.nodes.join(', '),
    ]);
    return this.table(['name', 'set', 'by', 'nodes'], rows);
  }
}
