import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { runnerName } from '../../../cli/kit/flags.ts';
import {
  checkLedger,
  homeOfRole,
  type LedgerCheck,
  ledgerCheckText,
} from '../../../cli/wiring/check-ledger.ts';

export default class RunnerAuditVerify extends BaseCommand<typeof RunnerAuditVerify> {
  static override summary = 'Verify every line of this runner’s ledger, also while it is in use.';
  static override flags = { runner: runnerName };

  execute(flags: FlagsOf<typeof RunnerAuditVerify>): Promise<LedgerCheck> {
    const { directory, hint } = homeOfRole(this.home, `runner/${flags.runner}`);
    return checkLedger(directory, hint, (text) => this.progress(text));
  }

  override render(check: LedgerCheck): string {
    return ledgerCheckText(check);
  }
}
