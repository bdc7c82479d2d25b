import { type LegalHold, removeHold } from '../../../../cli/host/audit-prune.ts';
import { type ArgsOf, BaseCommand } from '../../../../cli/kit/base-command.ts';
import { hostName, nameArg } from '../../../../cli/kit/flags.ts';

export default class HostAuditHoldRm extends BaseCommand<typeof HostAuditHoldRm> {
  static override summary = 'End a legal hold.';
  static override examples = ['<%= config.bin %> host audit hold rm case-17'];
  static override args = { hold: nameArg({ description: 'name of the hold', required: true }) };

  static override flags = { host: hostName };

  execute(_flags: unknown, args: ArgsOf<typeof HostAuditHoldRm>): Promise<LegalHold> {
    return removeHold(this.home.host, args.hold);
  }

  override render({ name }: LegalHold): string {
    return `the legal hold ${name} is over`;
  }
}
