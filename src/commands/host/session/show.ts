import { sessionArgs } from '../../../cli/host/cancel-session.ts';
import { hostSessionText } from '../../../cli/host/session-text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { screenWidth } from '../../../cli/kit/render.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { HostSessionView } from '../../../core/host-api/session-views.ts';

export default class HostSessionShow extends BaseCommand<typeof HostSessionShow> {
  static override summary = 'Show a session: its attempts, its approvals, whom it waits for.';
  static override description =
    'As runners told this Host: the state is what the runner said last, also where an operator wants the session ended.';
  static override examples = ['<%= config.bin %> host session show 7f3a9c21'];
  static override args = sessionArgs;
  static override flags = { ...hostFlags };

  execute(
    flags: FlagsOf<typeof HostSessionShow>,
    args: ArgsOf<typeof HostSessionShow>,
  ): Promise<HostSessionView> {
    return callHost(hostClient(this.home, flags), 'sessions.show', { params: args });
  }

  override render(one: HostSessionView): string {
    const all = this.again(`entangle host trace ${one.id}`);
    return `${hostSessionText(one, Date.now(), screenWidth(process.stdout))}\n\nall that was told: ${all}`;
  }
}
