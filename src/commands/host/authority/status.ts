import {
  type AuthorityStatus,
  authorityStatus,
  authorityStatusFlags,
  authorityText,
} from '../../../cli/host/authority-status.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';

export default class HostAuthorityStatus extends BaseCommand<typeof HostAuthorityStatus> {
  static override summary =
    'Show what this Host is known by, and prove the recovery key that is kept offline.';
  static override description =
    'Its key and since when it signs, the epoch that it serves, the key of its log, and the fingerprint of the recovery key that members pinned when they joined.';
  static override examples = [
    '<%= config.bin %> host authority status',
    '<%= config.bin %> host authority status --recovery-key-file /media/safe/recovery.key',
  ];
  static override flags = authorityStatusFlags;

  execute(flags: FlagsOf<typeof HostAuthorityStatus>): Promise<AuthorityStatus> {
    return authorityStatus(hostClient(this.home, flags), flags['recovery-key-file']);
  }

  override render(status: AuthorityStatus): string {
    return authorityText(status);
  }
}
