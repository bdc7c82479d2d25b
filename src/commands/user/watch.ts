import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { chosenKeys } from '../../cli/user/alert-flags.ts';
import { UserCommand } from '../../cli/user/command.ts';
import { withNotices } from '../../cli/user/notify.ts';
import { openingScreen } from '../../cli/user/opening-screen.ts';
import { howToWatch, SMALL, seenLine, syncOf, watchFlags } from '../../cli/user/watch-flags.ts';
import { watchAsPerson } from '../../cli/user/watch-screen.ts';
import type { UserSession } from '../../cli/wiring/user-session.ts';
import { EXIT } from '../../core/errors.ts';
import { FOREVER } from '../../services/user/user.ts';
import { watch } from '../../services/user/watch.ts';

export default class UserWatch extends UserCommand<typeof UserWatch> {
  static override summary = 'Watch approvals and sessions as they change, and decide, until interrupted.';
  static override description =
    'In a terminal of 80 columns and 20 rows or more this is a full screen: ? shows its keys. In a smaller one, and with --inline, lines are appended, by the same keys; with --screen-reader, or `screen-reader: true` in ~/.config/entangle/config.yaml, they are sentences. Elsewhere each change is a line. With --headless nothing is shown: the program of --notify, or of `notify` in that file, is started for each approval, question and review, and for what is in their way.';
  static override examples = ['<%= config.bin %> user watch --headless --notify my-notifier'];
  static override flags = watchFlags;

  async execute(flags: FlagsOf<typeof UserWatch>): Promise<void> {
    const signal = this.servingSignal;
    const how = howToWatch(process, { ...flags, isJson: this.json }, this.argv);
    const wanted = { ...flags, bound: await chosenKeys(flags.bind), root: this.home.root, signal };
    const opening = openingScreen(flags, how.to === 'screen' ? process.stdout : null);
    const show = async (user: UserSession): Promise<void> => {
      if (how.to === 'nobody') return void (await user.until(() => false, FOREVER, signal));
      if (how.to === 'lines') return this.#asLines(user, signal);
      if (await watchAsPerson(user, { ...how, ...wanted }, opening)) this.exitCode = EXIT.interrupted;
    };
    if (how.to === 'inline' && how.isSmall) this.progress(SMALL);
    const given = { ...flags, sync: syncOf(how, flags) };
    const watching = this.withUser(given, (user) => withNotices(user, wanted, () => show(user)), opening);
    await opening.during(watching);
  }

  #asLines(user: UserSession, signal: AbortSignal): Promise<void> {
    this.emit({ what: 'watching', id: user.home.self.name }, () => 'watching; Ctrl-C ends it');
    return watch(user, signal, (seen) => this.emit(seen, seenLine));
  }
}
