import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { stderrLog } from '../../cli/kit/logging.ts';
import { oneLine } from '../../cli/kit/render.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { hasPerson, isLargeEnough, SMALL, screenLog, watchOnScreen } from '../../cli/user/watch-screen.ts';
import type { UserSession } from '../../cli/wiring/user-session.ts';
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

  async execute(flags: FlagsOf<typeof UserWatch>): Promise<void> {
    const signal = this.servingSignal;
    if (!this.json && !flags.plain && hasPerson(process, flags['no-input'])) {
      if (isLargeEnough(process)) return this.#onScreen(flags, signal);
      this.progress(SMALL);
    }
    return this.withUser(flags, async (user) => {
      this.emit({ what: 'watching', id: user.home.self.name }, () => 'watching; Ctrl-C ends it');
      await watch(user, signal, (seen) =>
        this.emit(seen, (one: Seen) => `${one.at} ${one.what} ${one.id} ${one.state} ${oneLine(one.title)}`),
      );
    });
  }

  /** Shown at once with what is here: it says itself what the relays are, and fills as they give. */
  async #onScreen(flags: FlagsOf<typeof UserWatch>, signal: AbortSignal): Promise<void> {
    const { log, onSaid } = screenLog(stderrLog(flags.quiet === true));
    const show = (user: UserSession) => watchOnScreen(user, signal, onSaid);
    if (await this.withUser({ ...flags, sync: 0 }, show, log)) this.exitCode = EXIT.interrupted;
  }
}
