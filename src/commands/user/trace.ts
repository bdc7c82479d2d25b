import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { follow } from '../../cli/kit/flags.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { UserCommand, userFlags, warnIfStale } from '../../cli/user/command.ts';
import { traceText } from '../../cli/user/trace-text.ts';
import { TRACE_WORDS, tellTranscript, transcriptFlags, transcriptText } from '../../cli/user/transcript.ts';
import { type Traced, traceSession } from '../../services/user/trace.ts';

export default class UserTrace extends UserCommand<typeof UserTrace> {
  static override summary =
    'Show what was signed in a session, and with --follow what its agent prints while it runs.';
  static override description = TRACE_WORDS;
  static override examples = [
    '<%= config.bin %> user trace 7f3a9c21',
    '<%= config.bin %> user trace 7f3a9c21 --follow',
    '<%= config.bin %> user trace 7f3a9c21 --transcript',
  ];
  static override args = {
    session: Args.string({ description: 'session id; a unique prefix or suffix is enough', required: true }),
  };
  static override flags = { ...userFlags, follow, ...transcriptFlags };

  execute(given: FlagsOf<typeof UserTrace>, { session }: ArgsOf<typeof UserTrace>): Promise<void> {
    const { follow, transcript } = given;
    const width = screenWidth(process.stdout);
    const line = (safe: Traced) => traceText(safe, (token, text) => this.paint(token, text), width);
    return this.withUser(given, async (user) => {
      warnIfStale(user);
      if (transcript) await this.emit(await tellTranscript(user, session, given), transcriptText(width));
      else await traceSession(user, session, { follow, signal: this.signal }, (row) => this.emit(row, line));
    });
  }
}
