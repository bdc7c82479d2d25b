import { type Moved, movedText, moveFlags, moveGivenNode, nodeArgs } from '../../../cli/host/place-node.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';

export default class HostAssignmentMove extends BaseCommand<typeof HostAssignmentMove> {
  static override summary = 'Move an agent node to another runner, or bring back one that was taken off.';
  static override description =
    'It goes when the runner that it leaves has acknowledged that, or when the lease of that one is surely over: nothing runs twice. A turn that runs is ended, and the task begins anew where the node goes, as its next attempt. It stays there until that runner is gone, or the graph says otherwise.';
  static override examples = [
    '<%= config.bin %> host assignment move builder',
    '<%= config.bin %> host assignment move builder --to build-2 --yes --wait 1m',
  ];
  static override args = nodeArgs;
  static override flags = moveFlags;

  execute(
    flags: FlagsOf<typeof HostAssignmentMove>,
    args: ArgsOf<typeof HostAssignmentMove>,
  ): Promise<Moved> {
    return moveGivenNode(hostClient(this.home, flags), args.node, flags);
  }

  override render(moved: Moved): string {
    return movedText(moved);
  }
}
