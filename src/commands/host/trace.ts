import * as Args from '@oclif/core/args';
import { entryText } from '../../cli/host/trace-text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { cursor, tokenFile } from '../../cli/kit/flags.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { OutputOf } from '../../core/host-api/table.ts';

type Page = OutputOf<'trace.list'>;

export default class HostTrace extends BaseCommand<typeof HostTrace> {
  static override summary = 'Show what runners observed of sessions, in the order in which it came.';
  static override description =
    'Each row is a message that a runner signed. In a row marked ✓ signed events of others are embedded, which the Host verified; a row marked ≈ is the word of the runner alone. In brackets: the runner that held the node, and the fence of its assignment, by the Host’s own record. Nodes say to each other more than the Host is told.';
  static override examples = ['<%= config.bin %> host trace', '<%= config.bin %> host trace 7f3a9c21'];
  static override args = {
    session: Args.string({ description: 'session id; a unique prefix or suffix is enough' }),
  };
  static override flags = { cursor, 'token-file': tokenFile };

  execute(flags: FlagsOf<typeof HostTrace>, { session }: ArgsOf<typeof HostTrace>): Promise<Page> {
    const query = { ...(session && { session }), ...(flags.cursor && { cursor: flags.cursor }) };
    return callHost(hostClient(this.home, flags['token-file']), 'trace.list', { query });
  }

  override render({ items, next }: Page): string {
    if (items.length === 0) return 'nothing was observed yet';
    if (next !== null) this.progress(`more: entangle host trace --cursor ${next}`);
    const paint = this.paint.bind(this);
    return items.map((entry) => entryText(entry, paint, screenWidth(process.stdout))).join('\n');
  }
}
