import * as Args from '@oclif/core/args';
import { differenceText, diffGraphs, format, type Shown } from '../../cli/graph/plan.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { detailedExitcode, hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';

export default class GraphDiff extends BaseCommand<typeof GraphDiff> {
  static override summary = 'Show the differences between two revisions or files.';
  static override description =
    'Two files need no Host. A single revision is compared with the active one, a single file with the active revision.';
  static override examples = [
    '<%= config.bin %> graph diff 3 4',
    '<%= config.bin %> graph diff old.yaml new.yaml',
  ];
  static override args = {
    one: Args.string({ description: 'revision number or graph file', required: true }),
    two: Args.string({ description: 'revision number or graph file' }),
  };
  static override flags = { format, 'detailed-exitcode': detailedExitcode, ...hostFlags };
  #text = '';

  async execute(flags: FlagsOf<typeof GraphDiff>, args: ArgsOf<typeof GraphDiff>): Promise<Shown['value']> {
    const client = hostClient(this.home, flags);
    const found = await diffGraphs(client, [args.one, args.two], this.json);
    if (found.changed && flags['detailed-exitcode']) this.exitCode = 2;
    this.#text = differenceText(found, flags.format);
    return found.value;
  }

  override render(): string {
    return this.#text;
  }
}
