import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { userName } from '../../../cli/kit/flags.ts';
import {
  checkLedger,
  homeOfRole,
  type LedgerCheck,
  ledgerCheckText,
} from '../../../cli/wiring/check-ledger.ts';

export default class UserAuditVerify extends BaseCommand<typeof UserAuditVerify> {
  static override summary = 'Verify every line of this user’s ledger, also while it is in use.';
  static override flags = { user: userName };

  execute(flags: FlagsOf<typeof UserAuditVerify>): Promise<LedgerCheck> {
    const { directory, hint } = homeOfRole(this.home, `user/${flags.user}`);
    return checkLedger(directory, hint, (text) => this.progress(text));
  }

  override render(check: LedgerCheck): string {
    return ledgerCheckText(check);
  }
}
