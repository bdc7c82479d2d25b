import {
  auditExportFlags,
  type ExportedAudit,
  exportAudit,
  exportedText,
} from '../../../cli/host/audit-export.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';

export default class HostAuditExport extends BaseCommand<typeof HostAuditExport> {
  static override summary = 'Write the Host’s record in a format that others read: NDJSON, OCSF or CEF.';
  static override description =
    'One record a line of the ledger, each with the id, signer and signature of its event and with a stable code. Read from the home, also while the Host serves; its chain is checked. The cursor of a record is its number in the ledger: they have no gaps. Words of people and agents stay out without --whole, secrets always. Without --output the records go to stdout, and what is said of them to stderr.';
  static override examples = [
    '<%= config.bin %> host audit export --output record.ndjson',
    '<%= config.bin %> host audit export --format ocsf --since 1200 | gzip > record.ocsf.gz',
  ];
  static override flags = auditExportFlags;

  async execute(flags: FlagsOf<typeof HostAuditExport>): Promise<ExportedAudit | undefined> {
    const exported = await exportAudit(this.home.host, this.config.version, flags);
    if (exported.file !== null) return exported;
    for (const line of exportedText(exported).split('\n')) this.progress(line);
    return undefined;
  }

  override render(exported: ExportedAudit): string {
    return exportedText(exported);
  }
}
