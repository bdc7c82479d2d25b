import { secretSetText } from '../../../cli/host/secret-text.ts';
import { fromFile, onCommandLine, secretArgs, secretValueOf } from '../../../cli/host/secret-value.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { toBase64 } from '../../../core/encoding/bytes.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { SecretView } from '../../../core/host-api/shapes.ts';

export default class HostSecretSet extends BaseCommand<typeof HostSecretSet> {
  static override summary = 'Set a secret that agents log in with, or replace its value.';
  static override description =
    'The value is read from a file or standard input, or typed without being shown. The Host keeps it encrypted and gives it to no operator: only to a runner whose node names it in the active graph, for the time of a turn.';
  static override examples = [
    '<%= config.bin %> host secret set model-key',
    '<%= config.bin %> host secret set model-key --from-file ./model.key',
  ];
  static override args = secretArgs;
  static override flags = { 'from-file': fromFile, ...hostFlags };

  async execute(
    flags: FlagsOf<typeof HostSecretSet>,
    { name, refused }: ArgsOf<typeof HostSecretSet>,
  ): Promise<SecretView> {
    if (refused !== undefined) throw onCommandLine(name);
    const value = toBase64(await secretValueOf(name, flags['from-file'], flags['no-input']));
    return callHost(hostClient(this.home, flags), 'secrets.set', { body: { name, value } });
  }

  override render(one: SecretView): string {
    return secretSetText(one);
  }
}
