import { type PrunedAudit, pruneAudit, prunedText, pruneFlags } from '../../../cli/host/audit-prune.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';

export default class HostAuditPrune extends BaseCommand<typeof HostAuditPrune> {
  static override summary =
    'Take the words of sessions that are long over out of the record of a stopped Host.';
  static override description =
    'Contents go; who signed what and when, ids and places stay, so that everything verifies as before, and a record says that it was done. A session that goes on, or of which something was said since, is kept whole. Every line is verified first. Refused under a legal hold. `retention: 365d` in the Host’s config.yaml does the same at each start.';
  static override examples = [
    '<%= config.bin %> host audit prune --before 2026-01-01',
    '<%= config.bin %> host audit prune --before 2026-01-01 --yes --json',
  ];
  static override flags = pruneFlags;

  execute(flags: FlagsOf<typeof HostAuditPrune>): Promise<PrunedAudit> {
    return pruneAudit(this.home.host, flags, (_level, text) => this.progress(text));
  }

  override render(pruned: PrunedAudit): string {
    return prunedText(pruned);
  }
}
