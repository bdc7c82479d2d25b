import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/base-command.ts';
import { tokenFile, yes } from '../../cli/flags.ts';
import { readGraph } from '../../cli/graph-file.ts';
import { operatorApi } from '../../cli/serve.ts';
import { canonicalGraph } from '../../core/graph/revision.ts';
import { headBase } from '../../services/graph/remote.ts';

type Applied = { graph: string; revision: number; digest: string; changed: boolean };

export default class GraphApply extends BaseCommand<typeof GraphApply> {
  static override summary = 'Make a graph file the next revision, if nobody else was faster.';
  static override args = { file: Args.string({ description: 'graph file, or - for stdin', required: true }) };
  static override flags = { yes, 'token-file': tokenFile };

  async execute(flags: FlagsOf<typeof GraphApply>, args: ArgsOf<typeof GraphApply>): Promise<Applied> {
    const { graph } = await readGraph(args.file);
    const api = operatorApi(this.home, flags['token-file']);
    const base = await headBase(api);
    return api('POST', '/v1/graph', { canonical: canonicalGraph(graph), base });
  }

  override render({ revision, digest, changed }: Applied): string {
    return changed
      ? `revision ${revision} is active\n${digest}`
      : `no changes: revision ${revision} is this graph`;
  }
}
