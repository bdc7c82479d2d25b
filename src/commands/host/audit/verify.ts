import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostName } from '../../../cli/kit/flags.ts';
import { readText } from '../../../cli/kit/text-file.ts';
import {
  checkLedger,
  homeOfRole,
  type LedgerCheck,
  ledgerCheckFlags,
  ledgerCheckText,
} from '../../../cli/wiring/check-ledger.ts';

export default class HostAuditVerify extends BaseCommand<typeof HostAuditVerify> {
  static override summary = 'Verify every line of the Host’s ledger, also while it serves.';
  static override description =
    'Exits 8 at the first line that is not as it was written, or at a checkpoint that is of another ledger, and names its file, byte and line. With --witness it also exits 8 where the ledger is not the one whose checkpoint somebody kept: `entangle host audit checkpoint` gives one.';
  static override examples = [
    '<%= config.bin %> host audit verify',
    '<%= config.bin %> host audit verify --role runner/default',
    '<%= config.bin %> host audit verify --witness kept.note',
  ];
  static override flags = { host: hostName, ...ledgerCheckFlags };

  async execute({ role, witness }: FlagsOf<typeof HostAuditVerify>): Promise<LedgerCheck> {
    const { directory, hint } = homeOfRole(this.home, role);
    const kept = witness === undefined ? null : await readText(witness);
    return checkLedger(directory, hint, (text) => this.progress(text), kept);
  }

  override render(check: LedgerCheck): string {
    return ledgerCheckText(check);
  }
}
