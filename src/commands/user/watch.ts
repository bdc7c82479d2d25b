import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { chosenKeys } from '../../cli/user/alert-flags.ts';
import { UserCommand } from '../../cli/user/command.ts';
import { openingScreen } from '../../cli/user/opening-screen.ts';
import { howToWatch, SMALL, seenLine, syncOf, watchFlags } from '../../cli/user/watch-flags.ts';
import { EXIT } from '../../core/errors.ts';
import type { Seen } from '../../services/user/watch.ts';

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
    if (how.to === 'inline' && how.isSmall) this.progress(SMALL);
    const given = { ...flags, sync: syncOf(how, flags) };
    const open = async (): Promise<boolean> => {
      const { runWatch } = await import('../../cli/user/watch-run.ts');
      const began = (id: string) => this.emit({ what: 'watching', id }, () => 'watching; Ctrl-C ends it');
      const tell = (seen: Seen) => this.emit(seen, seenLine);
      return this.withUser(given, (user) => runWatch(user, how, wanted, { opening, began, tell }), opening);
    };
    if (await opening.during(this.home.user(flags.user), open)) this.exitCode = EXIT.interrupted;
  }
}
