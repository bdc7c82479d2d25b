import {
  type RotatedKey,
  rotateAuditKey,
  rotatedKeyText,
  rotateKeyFlags,
} from '../../../cli/host/audit-rotate.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';

export default class HostAuditRotateKey extends BaseCommand<typeof HostAuditRotateKey> {
  static override summary = 'Give the log of a stopped Host another key.';
  static override description =
    'The old key signs what the ledger is once more, then the Host signs a record that the new one follows, and the old one is removed. What the old one signed until then stays good; what it signs later is refused, by `entangle verify` and by `host audit verify`. Killed at any moment, exactly one of both signs: the one that the ledger names. Use it when somebody may have read the key, or when a rule of yours wants it now and then.';
  static override examples = [
    '<%= config.bin %> host audit rotate-key',
    '<%= config.bin %> host audit rotate-key --yes --json',
  ];
  static override flags = rotateKeyFlags;

  execute(flags: FlagsOf<typeof HostAuditRotateKey>): Promise<RotatedKey> {
    return rotateAuditKey(this.home.host, flags, (_level, text) => this.progress(text));
  }

  override render(rotated: RotatedKey): string {
    return rotatedKeyText(rotated);
  }
}
