import type { Config } from '@oclif/core/config';
import {
  type Applied,
  appliedText,
  applyFlags,
  changeGraph,
  requireConsent,
  withBareWait,
} from '../../cli/graph/apply.ts';
import { revisionArg } from '../../cli/graph/file.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { revisionGraph } from '../../services/graph/remote.ts';

export default class GraphRollback extends BaseCommand<typeof GraphRollback> {
  static override summary = 'Apply an earlier revision again as the next one; history is kept.';
  static override examples = ['<%= config.bin %> graph rollback 3 --yes --wait'];
  static override args = { revision: revisionArg({ description: 'revision number', required: true }) };
  static override flags = applyFlags;

  constructor(argv: string[], config: Config) {
    super(withBareWait(argv), config);
  }

  async execute(flags: FlagsOf<typeof GraphRollback>, args: ArgsOf<typeof GraphRollback>): Promise<Applied> {
    requireConsent(flags, false);
    const client = hostClient(this.home, flags);
    const graph = await revisionGraph(client, args.revision);
    return changeGraph(client, { graph, base: null }, flags, this.signal);
  }

  override render(value: Applied): string {
    return appliedText(value);
  }
}
