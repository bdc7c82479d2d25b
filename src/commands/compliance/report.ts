import { complianceFlags, complianceText, reportCompliance } from '../../cli/compliance/report.ts';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import type { ComplianceReport } from '../../core/audit/compliance.ts';

export default class ComplianceReportCommand extends BaseCommand<typeof ComplianceReportCommand> {
  static override summary = 'Say which controls the Host’s record has evidence of, and which it has not.';
  static override description =
    'A row a control: how many records show that it was kept, and the newest of them that a checkpoint of the Host is of: `host audit prove` proves those to others. `host audit checkpoint` makes one of all that is there. One without any reads "no evidence". What no record can show is said below. Claimed are records in which a runner tells of others without what these signed. Read from the home, also while the Host serves; the chain is checked. It is no opinion of an auditor.';
  static override examples = [
    '<%= config.bin %> compliance report',
    '<%= config.bin %> compliance report --framework soc2 --since 2026-01-01',
    '<%= config.bin %> compliance report --framework eu-ai-act --json > report.json',
  ];
  static override flags = complianceFlags;

  execute(flags: FlagsOf<typeof ComplianceReportCommand>): Promise<ComplianceReport> {
    return reportCompliance(this.home.host, flags);
  }

  override render(report: ComplianceReport): string {
    return complianceText(report, (...rows) => this.table(...rows));
  }
}
