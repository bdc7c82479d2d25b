import { type LegalHold, legalHolds } from '../../../../cli/host/audit-prune.ts';
import { BaseCommand } from '../../../../cli/kit/base-command.ts';
import { hostName } from '../../../../cli/kit/flags.ts';

type Holds = { items: LegalHold[] };

export default class HostAuditHoldList extends BaseCommand<typeof HostAuditHoldList> {
  static override summary = 'List the legal holds, under which nothing is pruned.';

  static override flags = { host: hostName };

  async execute(): Promise<Holds> {
    return { items: await legalHolds(this.home.host) };
  }

  override render({ items }: Holds): string {
    if (items.length === 0)
      return 'no legal hold; begin one with `entangle host audit hold add NAME --reason TEXT`';
    return this.table(
      ['name', 'since', 'reason'],
      items.map(({ name, since, reason }) => [name, since, reason]),
    );
  }
}
