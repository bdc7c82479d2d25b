import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { type LockedKey, lockedText, lockFlags, lockKey } from '../../../cli/user/key-lock.ts';

export default class UserKeyLock extends BaseCommand<typeof UserKeyLock> {
  static override summary = 'Forget the passphrase that `user key unlock` remembers.';
  static override flags = lockFlags;

  execute(flags: FlagsOf<typeof UserKeyLock>): Promise<LockedKey> {
    return lockKey(this.home, flags);
  }

  override render(locked: LockedKey): string {
    return lockedText(locked);
  }
}
