import { assignNode } from '../../../cli/host/wait-assignment.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { duration, hostFlags, nameArg, trustedRunner } from '../../../cli/kit/flags.ts';
import { pairs } from '../../../cli/kit/render.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { AssignmentView } from '../../../core/host-api/shapes.ts';

export default class HostAssignmentCreate extends BaseCommand<typeof HostAssignmentCreate> {
  static override summary = 'Assign an agent node to a trusted runner.';
  static override examples = ['<%= config.bin %> host assignment create builder --runner build-1 --wait 30s'];
  static override args = {
    node: nameArg({ description: 'agent node of the active graph', required: true }),
  };
  static override flags = {
    runner: trustedRunner,
    wait: duration({ description: 'wait until the node is active', env: 'ENTANGLE_ASSIGNMENT_WAIT' }),
    ...hostFlags,
  };

  execute(
    flags: FlagsOf<typeof HostAssignmentCreate>,
    args: ArgsOf<typeof HostAssignmentCreate>,
  ): Promise<AssignmentView> {
    const client = hostClient(this.home, flags);
    return assignNode(client, { node: args.node, runner: flags.runner }, flags.wait);
  }

  override render(one: AssignmentView): string {
    return pairs([
      ['node', one.node],
      ['runner', one.runner],
      ['state', one.state],
      ['fence', one.fence],
      ['id', one.id],
      ['npub', one.npub],
    ]);
  }
}
