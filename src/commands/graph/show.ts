import { revisionText } from '../../cli/graph/explain.ts';
import { revisionArg } from '../../cli/graph/file.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import type { GraphView } from '../../core/host-api/shapes.ts';
import { showRevision } from '../../services/graph/remote.ts';

export default class GraphShow extends BaseCommand<typeof GraphShow> {
  static override summary = 'Show the active graph, or an earlier revision of it.';
  static override examples = ['<%= config.bin %> graph show', '<%= config.bin %> graph show 3'];
  static override args = {
    revision: revisionArg({ description: 'revision number (default: the active one)' }),
  };
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof GraphShow>, args: ArgsOf<typeof GraphShow>): Promise<GraphView> {
    return showRevision(hostClient(this.home, flags), args.revision ?? null);
  }

  override render(value: GraphView): string {
    return revisionText(value);
  }
}
