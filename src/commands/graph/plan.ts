import * as Args from '@oclif/core/args';
import { DEFAULT_FILE } from '../../cli/graph/file.ts';
import {
  differenceText,
  type Planned,
  planFile,
  planFlags,
  plannedNotes,
  type Shown,
} from '../../cli/graph/plan.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { EXIT } from '../../core/errors.ts';

export default class GraphPlan extends BaseCommand<typeof GraphPlan> {
  static override summary = 'Show what applying a graph file would change, and its effects on running work.';
  static override description =
    'Exits 8 when the graph fails its own tests, for `graph apply` refuses it then. With --detailed-exitcode: exits 0 without changes, 2 with changes; errors use other codes.';
  static override examples = ['<%= config.bin %> graph plan graph.yaml --out graph.plan --format markdown'];
  static override args = {
    file: Args.string({ description: 'graph file, or - for stdin', default: DEFAULT_FILE }),
  };
  static override flags = planFlags;
  #text = '';

  async execute(flags: FlagsOf<typeof GraphPlan>, args: ArgsOf<typeof GraphPlan>): Promise<Shown['value']> {
    const client = hostClient(this.home, flags);
    const planned = await planFile(client, args.file, { out: flags.out, json: this.json });
    const value = planned.value as Planned;
    if (value.tests.failed > 0) this.exitCode = EXIT.invalid;
    else if (planned.changed && flags['detailed-exitcode']) this.exitCode = 2;
    if (!this.json) for (const note of plannedNotes(args.file, value)) this.progress(note);
    this.#text = differenceText(planned, flags.format);
    return value;
  }

  override render(): string {
    return this.#text;
  }
}
