import * as Args from '@oclif/core/args';
import { signersNamed } from '../../cli/graph/signers.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';

export default class GraphAllowedSigners extends BaseCommand<typeof GraphAllowedSigners> {
  static override summary = 'Print whose SSH signatures count, for git and ssh-keygen.';
  static override description =
    'A line for each SSH key of a person in the graph, and unless that is a file for each git principal of the Host, as `gpg.ssh.allowedSignersFile` of git and `ssh-keygen -Y verify -f` read it.';
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
    const text = await signersNamed(hostClient(this.home, flags), args.graph, this.json);
    if (text === '')
      this.progress('nobody: no person of that graph has a key in `ssh:`, and no git principal has one');
    return { text };
  }

  override render = ({ text }: { text: string }): string => text;
}
