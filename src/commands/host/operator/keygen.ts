import * as Args from '@oclif/core/args';
import { type MadeKey, makeOperatorKey, operatorKeygenFlags } from '../../../cli/host/operator-keygen.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { pairs } from '../../../cli/kit/render.ts';

export default class HostOperatorKeygen extends BaseCommand<typeof HostOperatorKeygen> {
  static override summary = 'Create the key of an operator, which signs each request (NIP-98).';
  static override description =
    'The key is created here, in a new file that only you can read, and goes nowhere. An admin adds the operator by the npub: `entangle host operator add NAME --npub NPUB --role ROLE`.';
  static override examples = ['<%= config.bin %> host operator keygen alice.ncryptsec --keys encrypted'];
  static override args = { newfile: Args.string({ description: 'file to create', required: true }) };
  static override flags = operatorKeygenFlags;

  execute(
    flags: FlagsOf<typeof HostOperatorKeygen>,
    args: ArgsOf<typeof HostOperatorKeygen>,
  ): Promise<MadeKey> {
    return makeOperatorKey(args.newfile, flags);
  }

  override render(made: MadeKey): string {
    const add = `entangle host operator add NAME --role ROLE --npub ${made.npub}`;
    return `${pairs([
      ['npub', made.npub],
      ['key', made.file],
    ])}\nAn admin adds you: ${add}\nThen: --operator-key-file ${made.file}`;
  }
}
