import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/base-command.ts';
import { problemLine, readGraph } from '../../cli/graph-file.ts';
import { count } from '../../cli/render.ts';

type Valid = { file: string; graph: string; nodes: number; edges: number; warnings: string[] };

export default class GraphValidate extends BaseCommand<typeof GraphValidate> {
  static override summary = 'Check a graph file.';
  static override args = {
    file: Args.string({ description: 'graph file, or - for stdin', required: true }),
  };

  async execute(_flags: FlagsOf<typeof GraphValidate>, args: ArgsOf<typeof GraphValidate>): Promise<Valid> {
    const { graph, problems } = await readGraph(args.file);
    const warnings = problems.map((problem) => problemLine(args.file, problem));
    return {
      file: args.file,
      graph: graph.name,
      nodes: graph.nodes.size,
      edges: graph.edges.length,
      warnings,
    };
  }

  override render({ file, graph, nodes, edges, warnings }: Valid): string {
    const summary = `${file}: ${graph} is valid: ${count(nodes, 'node')}, ${count(edges, 'edge')}`;
    return [...warnings, summary].join('\n');
  }
}
