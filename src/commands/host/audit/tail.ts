import { auditText } from '../../../cli/host/audit-text.ts';
import { tailAudit } from '../../../cli/host/follow.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { cursor, follow, hostFlags } from '../../../cli/kit/flags.ts';
import { screenWidth } from '../../../cli/kit/render.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';
import { withOutcomes } from '../../../services/host/audit-words.ts';

type Page = OutputOf<'audit.list'>;
type Entry = OutputOf<'audit.follow'>;

export default class HostAuditTail extends BaseCommand<typeof HostAuditTail> {
  static override summary = 'Show what operators did last, and which runners were heard or not.';
  static override description =
    'Each row is a record that the Host signed before it answered; what only reads leaves none. A runner that is not heard any more, or is again, has one too, with the Host as its author. With --json each has the id of its event, the digest of what was asked, and one row more: a request is on record before it is done. `--cursor 0` begins at the first. With --follow it goes on.';
  static override examples = ['<%= config.bin %> host audit tail', '<%= config.bin %> host audit tail -f'];
  static override flags = { cursor, follow, ...hostFlags };

  async execute({ cursor, follow, ...host }: FlagsOf<typeof HostAuditTail>) {
    const query = cursor ? { cursor } : {};
    const page = await callHost(hostClient(this.home, host), 'audit.list', { query });
    if (!follow) return page;
    const at = { home: this.home, host };
    return tailAudit(at, page, this.signal, {
      progress: (words) => this.progress(words),
      tell: (entry) => this.emit(entry, this.#text),
    });
  }

  override render({ items, next }: Page): string {
    if (next !== null) this.progress(`more: the same with --cursor ${next}`);
    return withOutcomes([], items).map(this.#text).join('\n') || 'no operator changed anything yet';
  }

  #text = (entry: Entry): string =>
    auditText(entry, (...paint) => this.paint(...paint), screenWidth(process.stdout));
}
