import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import {
  approvalArg,
  approveShown,
  type Decided,
  decidedText,
  subjectDigest,
} from '../../cli/user/decide.ts';
import { grantFlags, grantShown, signedGrantText } from '../../cli/user/grant.ts';
import type { SignedGrant } from '../../services/user/grants.ts';

export default class UserApprove extends UserCommand<typeof UserApprove> {
  static override summary = 'Show what an approval covers and sign it; with --grant also its exact repeats.';
  static override examples = [
    '<%= config.bin %> user approve 5f3a9c21',
    '<%= config.bin %> user approve 5f3a9c21 --subject-digest sha256:DIGEST --json',
    '<%= config.bin %> user approve 5f3a9c21 --grant --uses 10 --for 2h',
  ];
  static override args = { approval: approvalArg };
  static override flags = { ...userFlags, 'subject-digest': subjectDigest, ...grantFlags };

  execute(
    flags: FlagsOf<typeof UserApprove>,
    args: ArgsOf<typeof UserApprove>,
  ): Promise<Decided | SignedGrant> {
    const options = { subjectDigest: flags['subject-digest'], noInput: flags['no-input'] };
    return this.withUser(
      flags,
      (user): Promise<Decided | SignedGrant> =>
        flags.grant
          ? grantShown(user, args.approval, flags, options)
          : approveShown(user, args.approval, options),
    );
  }

  override render(value: Decided | SignedGrant): string {
    return 'grant' in value ? signedGrantText(value) : decidedText(value);
  }
}
