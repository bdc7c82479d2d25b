import { type ContextPage, listContexts } from '../../cli/context/contexts.ts';
import { BaseCommand } from '../../cli/kit/base-command.ts';

export default class ContextList extends BaseCommand<typeof ContextList> {
  static override summary = 'List the Hosts that you named, and which of them is used.';

  execute(): Promise<ContextPage> {
    return listContexts(process.env);
  }

  override render({ items }: ContextPage): string {
    if (items.length === 0) return 'no contexts yet: `entangle context add` makes one';
    const rows = items.map((one) => [
      one.current ? '*' : '',
      one.name,
      one.url,
      one.tokenFile ?? one.oidcTokenFile ?? one.operatorKeyFile,
    ]);
    return this.table(['', 'name', 'host', 'known by'], rows);
  }
}
