import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { askedPieces } from '../../cli/user/approval-text.ts';
import { UserCommand, userFlags, warnIfStale } from '../../cli/user/command.ts';
import { withWholePlaces } from '../../cli/user/kept-places.ts';
import { questionText, sessionText } from '../../cli/user/text.ts';
import { showThing, type Thing } from '../../services/user/show.ts';

export default class UserShow extends UserCommand<typeof UserShow> {
  static override summary =
    'Show a session, an approval or a review with all that it is about, or a question.';
  static override examples = ['<%= config.bin %> user show 5f3a9c21'];
  static override args = {
    id: Args.string({
      description:
        'id of a session, an approval, a question or a review; a unique prefix or suffix is enough',
      required: true,
    }),
  };
  static override flags = userFlags;

  execute(flags: FlagsOf<typeof UserShow>, args: ArgsOf<typeof UserShow>): Promise<Thing> {
    return this.withUser(flags, (user) => {
      warnIfStale(user);
      return showThing(user, args.id, 5_000);
    });
  }

  override render(value: Thing): string | Iterable<string> {
    const screen = { width: screenWidth(process.stdout) };
    if ('reply' in value) return questionText(value, screen.width);
    return 'subjectDigest' in value
      ? askedPieces(value, (token, text) => this.paint(token, text), screen)
      : withWholePlaces(sessionText(value, screen.width), this.home.root);
  }
}
