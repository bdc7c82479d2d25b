import * as Args from '@oclif/core/args';
import { type PushedAudit, pushedText, pushFlags, pushToCollector } from '../../../cli/host/audit-push.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';

export default class HostAuditPush extends BaseCommand<typeof HostAuditPush> {
  static override summary = 'Send the Host’s new records to a collector over HTTPS.';
  static override description =
    'Batches of NDJSON lines by POST, in order. A batch that is answered with 2xx is acknowledged, and only then the cursor of this collector moves, on disk: each record comes at least once. It tries six times in fifteen seconds, then ends with exit 7; the same command goes on where it was. Ends when all is sent: run it by a timer. The records are those of `host audit export`.';
  static override examples = [
    '<%= config.bin %> host audit push https://siem.example.org/collect --collector-token-file siem.token',
    '<%= config.bin %> host audit push https://siem.example.org/ocsf --format ocsf',
  ];
  static override args = { url: Args.string({ description: 'address of the collector', required: true }) };
  static override flags = pushFlags;

  execute(flags: FlagsOf<typeof HostAuditPush>, { url }: ArgsOf<typeof HostAuditPush>): Promise<PushedAudit> {
    const told = { signal: this.signal, tell: (text: string) => this.progress(text) };
    return pushToCollector(this.home.host, this.config.version, url, flags, told);
  }

  override render(pushed: PushedAudit): string {
    return pushedText(pushed);
  }
}
