import * as Args from '@oclif/core/args';
import { type ProvedLines, proveAudit, provedText, proveFlags } from '../../../cli/host/audit-prove.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';

export default class HostAuditProve extends BaseCommand<typeof HostAuditProve> {
  static override summary =
    'Write a bundle that proves records of this Host to whoever has neither it nor its ledger.';
  static override description =
    'Each record as it was signed, with its way (RFC 6962) to a head of the ledger that the Host signed. What people and agents wrote in these records goes along; of those with a secret the content stays here. `entangle verify --bundle` checks it, and so do a Nostr library and a hash function: docs/verify.md says how. A running Host is asked for a checkpoint where the last one is of fewer lines.';
  static override examples = [
    '<%= config.bin %> host audit prove 1204 1207 --output proof.json',
    '<%= config.bin %> verify --bundle proof.json --authority npub1…',
  ];
  static override args = {
    record: Args.string({ description: 'cursors or event ids of records', required: true, multiple: true }),
  };
  static override flags = { ...proveFlags, ...hostFlags };

  execute(
    flags: FlagsOf<typeof HostAuditProve>,
    { record: ids }: ArgsOf<typeof HostAuditProve>,
  ): Promise<ProvedLines> {
    const sign = () => callHost(hostClient(this.home, flags), 'audit.checkpoint', {});
    return proveAudit(this.home.host, { ids, output: flags.output }, sign);
  }

  override render(proved: ProvedLines): string {
    return provedText(proved);
  }
}
