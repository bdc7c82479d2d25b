import * as Args from '@oclif/core/args';
import { DEFAULT_FILE, readGraph } from '../../cli/graph/file.ts';
import { runGraphTests, type Tested, testedText, testFlags } from '../../cli/graph/test.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';

export default class GraphTest extends BaseCommand<typeof GraphTest> {
  static override summary = 'Run the tests in a graph file, or check a single question.';
  static override description =
    'Needs no Host. Exits 8 when a test fails, 5 when the single question is denied.';
  static override examples = [
    '<%= config.bin %> graph test graph.yaml',
    '<%= config.bin %> graph test --from alice --type task.request --to builder',
  ];
  static override args = {
    file: Args.string({ description: 'graph file, or - for stdin', default: DEFAULT_FILE }),
  };
  static override flags = testFlags;

  async execute(flags: FlagsOf<typeof GraphTest>, args: ArgsOf<typeof GraphTest>): Promise<Tested> {
    return runGraphTests(await readGraph(args.file, this.json), flags, this.json);
  }

  override render(value: Tested): string {
    return testedText(value);
  }
}
