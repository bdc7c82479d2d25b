import { BaseCommand } from '../../cli/kit/base-command.ts';
import { graphJsonSchema } from '../../core/graph/file/schema.ts';

export default class GraphSchema extends BaseCommand<typeof GraphSchema> {
  static override summary = 'Print the JSON Schema of graph files, for editors.';
  static override examples = ['<%= config.bin %> graph schema > graph.schema.json'];

  async execute(): Promise<Record<string, unknown>> {
    return graphJsonSchema();
  }
}
