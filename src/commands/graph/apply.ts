import * as Args from '@oclif/core/args';
import type { Config } from '@oclif/core/config';
import {
  type Applied,
  appliedText,
  applyFlags,
  changeGraph,
  readWanted,
  requireConsent,
  withBareWait,
} from '../../cli/graph/apply.ts';
import { DEFAULT_FILE } from '../../cli/graph/file.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';

export default class GraphApply extends BaseCommand<typeof GraphApply> {
  static override summary = 'Apply a graph file as the next revision; fails if another was applied first.';
  static override description =
    'A saved plan applies only to the revision it was made against; exits 4 if it is stale.';
  static override examples = ['<%= config.bin %> graph apply graph.yaml --yes --wait online'];
  static override args = {
    file: Args.string({ description: 'graph file or saved plan, or - for stdin', default: DEFAULT_FILE }),
  };
  static override flags = applyFlags;

  constructor(argv: string[], config: Config) {
    super(withBareWait(argv), config);
  }

  async execute(flags: FlagsOf<typeof GraphApply>, args: ArgsOf<typeof GraphApply>): Promise<Applied> {
    const wanted = await readWanted(args.file, this.json);
    requireConsent(flags, wanted.base !== null);
    return changeGraph(hostClient(this.home, flags), wanted, flags, this.signal);
  }

  override render(value: Applied): string {
    return appliedText(value);
  }
}
