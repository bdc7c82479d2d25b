import { removeGivenSecret } from '../../../cli/host/secret-rm.ts';
import { secretRemovedText } from '../../../cli/host/secret-text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags, nameArg, yes } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { SecretView } from '../../../core/host-api/shapes.ts';

export default class HostSecretRm extends BaseCommand<typeof HostSecretRm> {
  static override summary = 'Remove a secret with its value.';
  static override description =
    'Says first which nodes use it. A turn that has the value keeps it to its end, and whoever had it may have kept it: revoke it also where it was issued.';
  static override examples = ['<%= config.bin %> host secret rm model-key'];
  static override args = { secret: nameArg({ description: 'name of the secret', required: true }) };
  static override flags = { yes, ...hostFlags };

  execute(flags: FlagsOf<typeof HostSecretRm>, args: ArgsOf<typeof HostSecretRm>): Promise<SecretView> {
    return removeGivenSecret(hostClient(this.home, flags), args.secret, flags);
  }

  override render(one: SecretView): string {
    return secretRemovedText(one);
  }
}
