import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { approvalArg, approveShown, type Decided, subjectDigest } from '../../cli/user/decide.ts';

export default class UserApprove extends UserCommand<typeof UserApprove> {
  static override summary = 'Show what an approval covers and sign it.';
  static override examples = [
    '<%= config.bin %> user approve 5f3a9c21',
    '<%= config.bin %> user approve 5f3a9c21 --subject-digest sha256:DIGEST --json',
  ];
  static override args = { approval: approvalArg };
  static override flags = {
    ...userFlags,
    'subject-digest': subjectDigest,
  };

  execute(flags: FlagsOf<typeof UserApprove>, args: ArgsOf<typeof UserApprove>): Promise<Decided> {
    return this.withUser(flags, (user) =>
      approveShown(user, args.approval, {
        subjectDigest: flags['subject-digest'],
        noInput: flags['no-input'],
      }),
    );
  }

  override render(value: Decided): string {
    const next = `see how it ends: \`entangle user show ${value.session}\``;
    return `approved ${value.approval}\nsubject  ${value.subjectDigest}\nsession  ${value.session}\n${next}`;
  }
}
