import { nodeArgs, revokedText, revokeFlags, revokeGivenNode } from '../../../cli/host/place-node.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { PlacementView } from '../../../core/host-api/placement-view.ts';

export default class HostAssignmentRevoke extends BaseCommand<typeof HostAssignmentRevoke> {
  static override summary = 'Take an agent node off its runner; nobody runs it until you bring it back.';
  static override description =
    'A turn that runs is ended, and open tasks wait. No restart, runner or graph brings the node back: `host assignment move NODE` does, or `host assignment create NODE --runner RUNNER`.';
  static override examples = ['<%= config.bin %> host assignment revoke builder'];
  static override args = nodeArgs;
  static override flags = revokeFlags;

  execute(
    flags: FlagsOf<typeof HostAssignmentRevoke>,
    args: ArgsOf<typeof HostAssignmentRevoke>,
  ): Promise<PlacementView> {
    return revokeGivenNode(hostClient(this.home, flags), args.node, flags);
  }

  override render(taken: PlacementView): string {
    return revokedText(taken);
  }
}
