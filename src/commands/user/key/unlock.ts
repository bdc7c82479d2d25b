import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import {
  type UnlockedKey,
  unlockArgs,
  unlockedText,
  unlockFlags,
  unlockKey,
} from '../../../cli/user/key-lock.ts';

export default class UserKeyUnlock extends BaseCommand<typeof UserKeyUnlock> {
  static override summary = 'Type the passphrase of your key once, and have it remembered for a while.';
  static override description =
    'For a home with --keys encrypted. A process of its own keeps it in memory and gives it to commands of this account; nothing is written. It forgets when the time is over, with `entangle user key lock`, and when the machine is shut down.';
  static override examples = [
    '<%= config.bin %> user key unlock',
    '<%= config.bin %> user key unlock --for 1h',
  ];
  static override args = unlockArgs;
  static override flags = unlockFlags;

  execute(
    flags: FlagsOf<typeof UserKeyUnlock>,
    { refused }: ArgsOf<typeof UserKeyUnlock>,
  ): Promise<UnlockedKey> {
    return unlockKey(this.home, flags, refused);
  }

  override render(unlocked: UnlockedKey): string {
    return unlockedText(unlocked, this.again('entangle user key lock'));
  }
}
