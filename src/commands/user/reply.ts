import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { givenText } from '../../cli/user/given-text.ts';
import { type Replied, replyToQuestion } from '../../services/user/answers.ts';
import { pickQuestion } from '../../services/user/pick.ts';

export default class UserReply extends UserCommand<typeof UserReply> {
  static override summary = 'Answer a question of an agent; its turn goes on with your words.';
  static override description =
    'An engine asks while its turn runs, and waits as long as the turn has time. An answer is given once. It is no approval: what comes of the work is asked for as ever.';
  static override examples = ['<%= config.bin %> user reply 5f3a9c21 "port 8080"'];
  static override args = {
    question: Args.string({
      description: 'question or session id; a unique prefix or suffix is enough',
      required: true,
    }),
    answer: Args.string({ description: 'what to say: at most 64 KiB' }),
  };
  static override flags = {
    ...userFlags,
    file: Flags.string({
      helpValue: 'FILE',
      description: 'read the answer from a file, or - for stdin',
      env: 'ENTANGLE_REPLY_FILE',
    }),
  };

  async execute(flags: FlagsOf<typeof UserReply>, args: ArgsOf<typeof UserReply>): Promise<Replied> {
    const text = await givenText('answer', 'user reply', args.answer, flags.file);
    return this.withUser(flags, (user) =>
      replyToQuestion(user, pickQuestion(user.home, args.question), text),
    );
  }

  override render({ node, question }: Replied): string {
    return `answered ${question} of ${node}`;
  }
}
