import * as Args from '@oclif/core/args';
import { type Explained, explainActive, explainFlags, explainFrom } from '../../cli/graph/explain.ts';
import { explanationText } from '../../cli/graph/text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';

export default class GraphExplain extends BaseCommand<typeof GraphExplain> {
  static override summary = 'Explain whether a node may send a message type to another.';
  static override description =
    'Shows the line of the graph that decides. Exits 0 with either answer; `graph test` exits 5 when denied.';
  static override examples = ['<%= config.bin %> graph explain builder approval.request alice'];
  static override args = {
    from: Args.string({ description: 'node that sends', required: true }),
    type: Args.string({ description: 'message type', required: true }),
    to: Args.string({ description: 'node that receives', required: true }),
  };
  static override flags = { ...explainFlags, ...hostFlags };

  execute(flags: FlagsOf<typeof GraphExplain>, args: ArgsOf<typeof GraphExplain>): Promise<Explained> {
    const { from, type, to } = args;
    const question = { from, type, to };
    if (flags.file !== undefined) return explainFrom(flags.file, question, flags, this.json);
    return explainActive(hostClient(this.home, flags), question, flags);
  }

  override render(value: Explained): string {
    return explanationText(value);
  }
}
