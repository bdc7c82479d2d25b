import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { oneLine } from '../../cli/kit/render.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { type Seen, watch } from '../../services/user/watch.ts';

export default class UserWatch extends UserCommand<typeof UserWatch> {
  static override summary = 'Watch approvals and sessions as they change, until interrupted.';
  static override flags = userFlags;

  execute(flags: FlagsOf<typeof UserWatch>): Promise<undefined> {
    const signal = this.servingSignal;
    return this.withUser(flags, async (user) => {
      this.emit({ what: 'watching', id: user.home.self.name }, () => 'watching; Ctrl-C ends it');
      await watch(user, signal, (seen) =>
        this.emit(seen, (one: Seen) => `${one.at} ${one.what} ${one.id} ${one.state} ${oneLine(one.title)}`),
      );
      return undefined;
    });
  }
}
