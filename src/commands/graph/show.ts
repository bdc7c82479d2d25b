import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/base-command.ts';
import { tokenFile } from '../../cli/flags.ts';
import { revisionText } from '../../cli/graph-explain.ts';
import { operatorApi } from '../../cli/serve.ts';
import type { Shown } from '../../services/graph/remote.ts';

export default class GraphShow extends BaseCommand<typeof GraphShow> {
  static override summary = 'Show the active graph, or an earlier revision of it.';
  static override args = { revision: Args.integer({ description: 'its number', min: 1 }) };
  static override flags = { 'token-file': tokenFile };

  execute(flags: FlagsOf<typeof GraphShow>, args: ArgsOf<typeof GraphShow>): Promise<Shown> {
    const path = args.revision === undefined ? '/v1/graph' : `/v1/graph/${args.revision}`;
    return operatorApi(this.home, flags['token-file'])('GET', path);
  }

  override render(value: Shown): string {
    return revisionText(value);
  }
}
