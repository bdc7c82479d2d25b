import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { cursor, hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { age } from '../../core/encoding/age.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { OutputOf } from '../../core/host-api/table.ts';

type History = OutputOf<'graph.history'>;

export default class GraphHistory extends BaseCommand<typeof GraphHistory> {
  static override summary = 'List the revisions of the graph, newest first.';
  static override examples = ['<%= config.bin %> graph history'];
  static override flags = { cursor, ...hostFlags };

  execute(flags: FlagsOf<typeof GraphHistory>): Promise<History> {
    const query = flags.cursor === undefined ? {} : { cursor: flags.cursor };
    return callHost(hostClient(this.home, flags), 'graph.history', { query });
  }

  override render({ items, next }: History): string {
    if (items.length === 0) return 'no graph was applied yet';
    if (next !== null) this.progress(`more: entangle graph history --cursor ${next}`);
    const now = Date.now();
    return this.table(
      ['revision', 'digest', 'by', 'at', ''],
      items.map(({ revision, digest, by, at, active }) => [
        revision,
        `${digest.slice(0, 19)}…`,
        by,
        age(at, now),
        active ? 'active' : '',
      ]),
    );
  }
}
