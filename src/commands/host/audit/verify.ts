import * as Flags from '@oclif/core/flags';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import {
  checkLedger,
  homeOfRole,
  type LedgerCheck,
  ledgerCheckText,
} from '../../../cli/wiring/check-ledger.ts';

export default class HostAuditVerify extends BaseCommand<typeof HostAuditVerify> {
  static override summary = 'Verify every line of the Host’s ledger, also while it serves.';
  static override description =
    'Exits 8 at the first line that is not as it was written, and names its file, byte and line.';
  static override examples = [
    '<%= config.bin %> host audit verify',
    '<%= config.bin %> host audit verify --role runner/default',
  ];
  static override flags = {
    role: Flags.string({
      description: 'another home of this machine: runner/NAME or user/NAME',
      env: 'ENTANGLE_ROLE',
      helpValue: 'ROLE/NAME',
    }),
  };

  execute(flags: FlagsOf<typeof HostAuditVerify>): Promise<LedgerCheck> {
    const { directory, hint } = homeOfRole(this.home, flags.role);
    return checkLedger(directory, hint, (text) => this.progress(text));
  }

  override render(check: LedgerCheck): string {
    return ledgerCheckText(check);
  }
}
