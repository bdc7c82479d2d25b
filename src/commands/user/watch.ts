import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { oneLine } from '../../cli/kit/render.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { canShowScreen, screenLog, watchOnScreen } from '../../cli/user/watch-screen.ts';
import { EXIT } from '../../core/errors.ts';
import { type Seen, watch } from '../../services/user/watch.ts';

export default class UserWatch extends UserCommand<typeof UserWatch> {
  static override summary = 'Watch approvals and sessions as they change, and decide, until interrupted.';
  static override description =
    'In a terminal of 80 columns and 20 rows or more this is a full screen: ? shows its keys. Elsewhere each change is a line.';
  static override flags = {
    ...userFlags,
    plain: Flags.boolean({ description: 'print lines, also in a terminal', env: 'ENTANGLE_PLAIN' }),
  };

  execute(flags: FlagsOf<typeof UserWatch>): Promise<undefined> {
    const signal = this.servingSignal;
    if (!this.json && !flags.plain && canShowScreen(process, flags['no-input'])) {
      const { log, onSaid } = screenLog();
      const show = async (user: Parameters<typeof watchOnScreen>[0]): Promise<undefined> => {
        if (await watchOnScreen(user, signal, onSaid)) this.exitCode = EXIT.interrupted;
      };
      return this.withUser(flags, show, log);
    }
    return this.withUser(flags, async (user) => {
      this.emit({ what: 'watching', id: user.home.self.name }, () => 'watching; Ctrl-C ends it');
      await watch(user, signal, (seen) =>
        this.emit(seen, (one: Seen) => `${one.at} ${one.what} ${one.id} ${one.state} ${oneLine(one.title)}`),
      );
      return undefined;
    });
  }
}
