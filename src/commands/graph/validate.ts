import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { DEFAULT_FILE, problemLine, readGraph, readStrictGraph } from '../../cli/graph/file.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { counted } from '../../cli/kit/render.ts';
import { sha256Text } from '../../cli/kit/text-digest.ts';
import { type Validation, validateGraph } from '../../services/graph/validate.ts';

type Valid = Validation & { file: string };

export default class GraphValidate extends BaseCommand<typeof GraphValidate> {
  static override summary = 'Check a graph file and report every problem with its line.';
  static override examples = ['<%= config.bin %> graph validate graph.yaml --strict'];
  static override args = {
    file: Args.string({ description: 'graph file, or - for stdin', default: DEFAULT_FILE }),
  };
  static override flags = {
    strict: Flags.boolean({ description: 'refuse warnings as well', env: 'ENTANGLE_STRICT' }),
  };

  async execute(flags: FlagsOf<typeof GraphValidate>, args: ArgsOf<typeof GraphValidate>): Promise<Valid> {
    const read = await (flags.strict ? readStrictGraph : readGraph)(args.file, this.json);
    return { file: args.file, ...validateGraph(read, { strict: flags.strict, sha256: sha256Text }) };
  }

  override render({ file, graph, digest, counts, problems }: Valid): string {
    const sizes = `${counted(counts.nodes, 'node')}, ${counted(counts.edges, 'edge')}`;
    const summary = `${file}: ${graph} is valid: ${sizes}\n${digest}`;
    return [...problems.map((problem) => problemLine(file, problem)), summary].join('\n');
  }
}
