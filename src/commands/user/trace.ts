import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { follow } from '../../cli/kit/flags.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { UserCommand, userFlags, warnIfStale } from '../../cli/user/command.ts';
import { traceText } from '../../cli/user/trace-text.ts';
import { type Traced, traceSession } from '../../services/user/trace.ts';

export default class UserTrace extends UserCommand<typeof UserTrace> {
  static override summary =
    'Show what was signed in a session, and with --follow what its agent prints while it runs.';
  static override description =
    'A line marked ✓ is a signed message that is kept. A line marked ≈ is what the node says its engine printed: it is shown as it comes to whoever launched the task or was asked for an approval, and nobody keeps it. With --json each row is one value.';
  static override examples = [
    '<%= config.bin %> user trace 7f3a9c21',
    '<%= config.bin %> user trace 7f3a9c21 --follow',
  ];
  static override args = {
    session: Args.string({ description: 'session id; a unique prefix or suffix is enough', required: true }),
  };
  static override flags = { ...userFlags, follow };

  execute(
    { follow, ...flags }: FlagsOf<typeof UserTrace>,
    { session }: ArgsOf<typeof UserTrace>,
  ): Promise<void> {
    const { signal } = this;
    return this.withUser(flags, (user) => {
      warnIfStale(user);
      return traceSession(user, session, { follow, signal }, (row) =>
        this.emit(row, (safe: Traced) =>
          traceText(safe, (token, text) => this.paint(token, text), screenWidth(process.stdout)),
        ),
      );
    });
  }
}
