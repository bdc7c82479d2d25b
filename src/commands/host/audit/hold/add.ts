import { addHold, holdFlags, type LegalHold } from '../../../../cli/host/audit-prune.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../../cli/kit/base-command.ts';
import { nameArg } from '../../../../cli/kit/flags.ts';

export default class HostAuditHoldAdd extends BaseCommand<typeof HostAuditHoldAdd> {
  static override summary = 'Begin a legal hold: nothing of the Host’s record is pruned while there is one.';
  static override examples = [
    '<%= config.bin %> host audit hold add case-17 --reason "asked for by counsel"',
  ];
  static override args = { name: nameArg({ description: 'name of the hold', required: true }) };
  static override flags = holdFlags;

  execute(
    flags: FlagsOf<typeof HostAuditHoldAdd>,
    args: ArgsOf<typeof HostAuditHoldAdd>,
  ): Promise<LegalHold> {
    return addHold(this.home.host, args.name, flags.reason);
  }

  override render({ name }: LegalHold): string {
    return `nothing is pruned while there is ${name}; \`entangle host audit hold rm ${name}\` ends it`;
  }
}
