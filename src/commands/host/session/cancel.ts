import {
  cancelFlags,
  cancelGivenSession,
  cancelledText,
  sessionArgs,
} from '../../../cli/host/cancel-session.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { HostSessionView } from '../../../core/host-api/session-views.ts';

export default class HostSessionCancel extends BaseCommand<typeof HostSessionCancel> {
  static override summary = 'End a session, whoever runs it or comes to run it.';
  static override description =
    'Its runner ends it as if whoever asked for it had cancelled it: the turn that runs is ended, open approvals are withdrawn, and what it gave to others is ended. Whoever asked is told that it was the Host, with your reason. It is over when the runner says so; that holds over restarts and moves.';
  static override examples = [
    '<%= config.bin %> host session cancel 7f3a9c21',
    '<%= config.bin %> host session cancel 7f3a9c21 --reason "the machine is needed" --yes --wait 1m',
  ];
  static override args = sessionArgs;
  static override flags = cancelFlags;

  execute(
    flags: FlagsOf<typeof HostSessionCancel>,
    args: ArgsOf<typeof HostSessionCancel>,
  ): Promise<HostSessionView> {
    return cancelGivenSession(hostClient(this.home, flags), args.session, flags);
  }

  override render(one: HostSessionView): string {
    return cancelledText(one);
  }
}
