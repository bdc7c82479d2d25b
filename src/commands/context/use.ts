import { nearerThan, useContext } from '../../cli/context/contexts.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { nameArg } from '../../cli/kit/flags.ts';

type Used = { current: string | null; url: string | null };

export default class ContextUse extends BaseCommand<typeof ContextUse> {
  static override summary = 'Choose the Host that commands are for.';
  static override description =
    'Without a name they are for the Host of the home again. In a repository with a federation of its own (`entangle up`) they are for that one, unless --context or ENTANGLE_CONTEXT names another.';
  static override examples = ['<%= config.bin %> context use prod'];
  static override args = { context: nameArg({ description: 'name of the context' }) };

  execute(_flags: FlagsOf<typeof ContextUse>, args: ArgsOf<typeof ContextUse>): Promise<Used> {
    return useContext(process.env, args.context);
  }

  override render({ current, url }: Used): string {
    if (current === null) return 'commands are for the Host of the home';
    const but = nearerThan(this.home.root, process.env);
    return `commands are for ${current}: ${url}${but === null ? '' : `\n${but}`}`;
  }
}
