import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { userName } from '../../../cli/kit/flags.ts';
import { checkLedger, type LedgerCheck, ledgerCheckText } from '../../../cli/wiring/check-ledger.ts';

export default class UserAuditVerify extends BaseCommand<typeof UserAuditVerify> {
  static override summary = 'Verify every line of this user’s ledger, also while it is in use.';
  static override flags = { user: userName };

  execute(flags: FlagsOf<typeof UserAuditVerify>): Promise<LedgerCheck> {
    return checkLedger(this.home.user(flags.user), 'join a federation first: `entangle user join INVITE`');
  }

  override render(check: LedgerCheck): string {
    return ledgerCheckText(check);
  }
}
