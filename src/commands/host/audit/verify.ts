import { BaseCommand } from '../../../cli/kit/base-command.ts';
import { checkLedger, type LedgerCheck, ledgerCheckText } from '../../../cli/wiring/check-ledger.ts';

export default class HostAuditVerify extends BaseCommand<typeof HostAuditVerify> {
  static override summary = 'Verify every line of the Host’s ledger, also while it serves.';

  execute(): Promise<LedgerCheck> {
    return checkLedger(this.home.host, 'make one with `entangle host init`');
  }

  override render(check: LedgerCheck): string {
    return ledgerCheckText(check);
  }
}
