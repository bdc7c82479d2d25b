import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { graphNamed } from '../../cli/graph/plan.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { EXPORT_FORMATS } from '../../core/command-words.ts';
import { exportGraph } from '../../core/graph/export.ts';
import { revisionGraph } from '../../services/graph/remote.ts';

type Exported = { format: string; text: string };

export default class GraphExport extends BaseCommand<typeof GraphExport> {
  static override summary = 'Print a graph as JSON, as a Mermaid flowchart or in DOT for Graphviz.';
  static override examples = ['<%= config.bin %> graph export --format mermaid graph.yaml'];
  static override args = {
    graph: Args.string({ description: 'graph file or revision number (default: the active revision)' }),
  };
  static override flags = {
    format: Flags.option({
      description: 'what to print',
      env: 'ENTANGLE_EXPORT_FORMAT',
      options: EXPORT_FORMATS,
      default: 'json',
    })(),
    ...hostFlags,
  };

  #text = '';

  async execute(flags: FlagsOf<typeof GraphExport>, args: ArgsOf<typeof GraphExport>): Promise<Exported> {
    const client = hostClient(this.home, flags);
    const named = args.graph ? graphNamed(client, args.graph, this.json) : revisionGraph(client, null);
    this.#text = exportGraph(await named, flags.format);
    return { format: flags.format, text: this.#text };
  }

  override render = (): string => this.#text;
}
