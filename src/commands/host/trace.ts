import * as Args from '@oclif/core/args';
import { followTraceOf } from '../../cli/host/follow.ts';
import { entryText } from '../../cli/host/trace-text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { cursor, follow, hostFlags } from '../../cli/kit/flags.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { OutputOf } from '../../core/host-api/table.ts';

type Page = OutputOf<'trace.list'>;

export default class HostTrace extends BaseCommand<typeof HostTrace> {
  static override summary = 'Show what runners observed of sessions, in the order in which it came.';
  static override description =
    'Each row is a message that a runner signed. In a row marked ✓ signed events of others are embedded, which the Host verified; a row marked ≈ is the word of the runner alone. In brackets: the runner that held the node, and the fence of its assignment, by the Host’s own record. Nodes say to each other more than the Host is told. With --follow it goes on, of one session until that is over; with --json each row is then one value.';
  static override examples = ['<%= config.bin %> host trace 7f3a9c21', '<%= config.bin %> host trace -f'];
  static override args = {
    session: Args.string({ description: 'session id; a unique prefix or suffix is enough' }),
  };
  static override flags = { cursor, follow, ...hostFlags };

  async execute(flags: FlagsOf<typeof HostTrace>, { session }: ArgsOf<typeof HostTrace>) {
    const { cursor, follow, ...host } = flags;
    const query = { ...(session && { session }), ...(cursor && { cursor }) };
    if (!follow) return callHost(hostClient(this.home, host), 'trace.list', { query });
    return followTraceOf({ home: this.home, host }, query, this.signal, {
      progress: (words) => this.progress(words),
      tell: (entry) => this.emit(entry, this.#text),
    });
  }

  override render({ items, next }: Page): string {
    if (next !== null) this.progress(`more: the same with --cursor ${next}`);
    return items.map(this.#text).join('\n') || 'nothing was observed yet';
  }

  #text = (entry: OutputOf<'trace.follow'>): string =>
    entryText(entry, (...paint) => this.paint(...paint), screenWidth(process.stdout));
}
