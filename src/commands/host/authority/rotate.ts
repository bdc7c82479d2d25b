import {
  rotateFlags,
  type Succeeded,
  succeedAuthority,
  succeededText,
} from '../../../cli/host/authority-succession.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';

export default class HostAuthorityRotate extends BaseCommand<typeof HostAuthorityRotate> {
  static override summary = 'Let a new key sign for this Host, by the word of the one that signs now.';
  static override description =
    'For a Host that is stopped. The new key is kept in its key store, then the statement of both is in its ledger, and from the next start the new key signs. Runners and people follow by themselves; the first key stays the name of the federation. Killed at any moment and begun again, it ends with one key that signs. Away from a key that is lost or stolen only `entangle host authority recover` leads.';
  static override examples = [
    '<%= config.bin %> host authority rotate',
    '<%= config.bin %> host authority rotate --yes --json',
  ];
  static override flags = rotateFlags;

  execute(flags: FlagsOf<typeof HostAuthorityRotate>): Promise<Succeeded> {
    const owner = 'entangle host authority rotate';
    const log = (_level: string, text: string) => this.progress(text);
    return succeedAuthority(this.home, flags, { owner, log, recovery: null });
  }

  override render(succeeded: Succeeded): string {
    return succeededText(succeeded);
  }
}
