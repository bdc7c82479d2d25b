import * as Args from '@oclif/core/args';
import { commitLog, commitLogText } from '../cli/evidence/log.ts';
import { authorityFlag, repositoryFlag } from '../cli/evidence/verify.ts';
import type { ArgsOf, FlagsOf } from '../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../cli/user/command.ts';
import { type CommitLog, commitInLedger } from '../services/user/commit-log.ts';

export default class Log extends UserCommand<typeof Log> {
  static override summary = 'Show who decided a commit, in five lines.';
  static override description =
    'From what stands beside the commit in the repository, else from your own ledger. It shows what is stated; `verify` proves it, and fails where it cannot.';
  static override examples = ['<%= config.bin %> log origin/main'];
  static override args = { commit: Args.string({ description: 'a commit or a tag', default: 'HEAD' }) };
  static override flags = { ...userFlags, ...repositoryFlag, ...authorityFlag };

  execute(flags: FlagsOf<typeof Log>, { commit }: ArgsOf<typeof Log>): Promise<CommitLog> {
    return commitLog(commit, flags, this.home, (id) =>
      this.withUser(flags, ({ home }) => commitInLedger(home, id)),
    );
  }

  override render(value: CommitLog): string {
    return commitLogText(value);
  }
}
