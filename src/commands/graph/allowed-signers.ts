import * as Args from '@oclif/core/args';
import { graphNamed } from '../../cli/graph/plan.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { allowedSigners } from '../../core/graph/allowed-signers.ts';
import { revisionGraph } from '../../services/graph/remote.ts';

export default class GraphAllowedSigners extends BaseCommand<typeof GraphAllowedSigners> {
  static override summary = 'Print whose SSH signatures count, for git and ssh-keygen.';
  static override description =
    'A line for each SSH key of a person in the graph, as `gpg.ssh.allowedSignersFile` of git and `ssh-keygen -Y verify -f` read it.';
  static override examples = [
    '<%= config.bin %> graph allowed-signers graph.yaml > allowed_signers',
    '<%= config.bin %> graph allowed-signers 12',
  ];
  static override args = {
    graph: Args.string({ description: 'graph file or revision number (default: the active revision)' }),
  };
  static override flags = hostFlags;

  async execute(
    flags: FlagsOf<typeof GraphAllowedSigners>,
    args: ArgsOf<typeof GraphAllowedSigners>,
  ): Promise<{ text: string }> {
    const client = hostClient(this.home, flags);
    const named = args.graph ? graphNamed(client, args.graph, this.json) : revisionGraph(client, null);
    return { text: allowedSigners(await named) };
  }

  override render = ({ text }: { text: string }): string => text;
}
