import { type ContextView, removeContext } from '../../cli/context/contexts.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { nameArg } from '../../cli/kit/flags.ts';

export default class ContextRm extends BaseCommand<typeof ContextRm> {
  static override summary = 'Forget a context; the file of its token stays.';
  static override examples = ['<%= config.bin %> context rm lab'];
  static override args = { context: nameArg({ description: 'name of the context', required: true }) };

  execute(_flags: FlagsOf<typeof ContextRm>, args: ArgsOf<typeof ContextRm>): Promise<ContextView> {
    return removeContext(process.env, args.context);
  }

  override render({ name, current }: ContextView): string {
    return `${name} is forgotten${current ? '; commands are for the Host of the home' : ''}`;
  }
}
