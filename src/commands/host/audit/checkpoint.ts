import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';

export default class HostAuditCheckpoint extends BaseCommand<typeof HostAuditCheckpoint> {
  static override summary = 'Show what the Host signed of its ledger last, for others to keep.';
  static override description =
    'A signed note (C2SP tlog-checkpoint): how many lines the ledger has, and the root of the Merkle tree (RFC 6962) over them, by the Ed25519 key of the log. Where lines came since, the Host signs anew first. Whoever keeps one elsewhere sees by `host audit verify --witness` whether the Host changed, cut or replaced what came before. Any operator may ask.';
  static override examples = [
    '<%= config.bin %> host audit checkpoint > kept.note',
    '<%= config.bin %> host audit verify --witness kept.note',
  ];
  static override flags = hostFlags;

  execute(flags: FlagsOf<typeof HostAuditCheckpoint>): Promise<OutputOf<'audit.checkpoint'>> {
    return callHost(hostClient(this.home, flags), 'audit.checkpoint', {});
  }

  override render({ note }: OutputOf<'audit.checkpoint'>): string {
    return note.join('\n');
  }
}
