import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { waitFor, waitTimeout } from '../../cli/kit/flags.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { endText } from '../../cli/user/text.ts';
import { type Waited, waitForSession } from '../../services/user/wait.ts';

export default class UserWait extends UserCommand<typeof UserWait> {
  static override summary =
    'Wait for a session to end. Exit 0: completed, 5: ended otherwise, 124: still running.';
  static override description =
    'With --for approval it also ends, with exit 0, when the session asks for an approval of yours, with --for question also when its engine asks you something. With --json a session that asks has `approvals` with the state pending; one that is over without asking has the state completed. Nodes tell state and question apart: a session that asks is shown as active where the news that it waits has not come within two seconds.';
  static override examples = [
    '<%= config.bin %> user wait 7f3a9c21 --timeout 10m',
    '<%= config.bin %> user wait 7f3a9c21 --for approval --json',
  ];
  static override args = {
    session: Args.string({ description: 'session id; a unique prefix or suffix is enough', required: true }),
  };
  static override flags = {
    ...userFlags,
    for: waitFor({ default: 'end' }),
    timeout: waitTimeout,
  };

  execute(flags: FlagsOf<typeof UserWait>, args: ArgsOf<typeof UserWait>): Promise<Waited> {
    const tell = (text: string) => this.progress(text);
    const options = { timeoutMs: flags.timeout, waitFor: flags.for, signal: this.signal, tell };
    return this.withUser(flags, (user) => waitForSession(user, args.session, options));
  }

  override render(value: Waited): string {
    return endText(value);
  }
}
