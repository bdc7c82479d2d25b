import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostName } from '../../../cli/kit/flags.ts';
import { homeOfRole, ledgerCheckFlags } from '../../../cli/wiring/check-ledger.ts';
import {
  type RebuiltProjection,
  rebuildProjection,
  rebuiltText,
} from '../../../cli/wiring/rebuild-projection.ts';

export default class HostProjectionRebuild extends BaseCommand<typeof HostProjectionRebuild> {
  static override summary = 'Make the read models of a stopped Host anew from its ledger.';
  static override description =
    'The ledger is the record; what is shown is folded from it, and nothing is lost with that. Every line is verified first, and at one that is not right nothing is changed: exit 8. Says whether what was there had the same digest: after a crash, or with files that somebody copied, it is also made anew by itself where it cannot be used.';
  static override examples = [
    '<%= config.bin %> host projection rebuild',
    '<%= config.bin %> host projection rebuild --role runner/default',
  ];
  static override flags = { host: hostName, role: ledgerCheckFlags.role };

  async execute({ role }: FlagsOf<typeof HostProjectionRebuild>): Promise<RebuiltProjection> {
    const { directory, hint } = homeOfRole(this.home, role);
    return rebuildProjection(directory, hint, (text) => this.progress(text));
  }

  override render(made: RebuiltProjection): string {
    return rebuiltText(made);
  }
}
