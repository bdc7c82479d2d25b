import * as Flags from '@oclif/core/flags';
import { noSessionsText, SESSION_COLUMNS, sessionCells } from '../../../cli/host/session-text.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { cursor, hostFlags, nameFlag } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';

type Sessions = OutputOf<'sessions.list'>;

export default class HostSessionList extends BaseCommand<typeof HostSessionList> {
  static override summary = 'List the sessions of which runners told this Host, open ones first.';
  static override flags = {
    open: Flags.boolean({ description: 'only those that are open', env: 'ENTANGLE_OPEN_ONLY' }),
    node: nameFlag({
      description: 'only those of this node',
      env: 'ENTANGLE_NODE',
      helpValue: 'NODE',
    }),
    cursor,
    ...hostFlags,
  };

  #none = '';

  execute({ open, node, cursor, ...host }: FlagsOf<typeof HostSessionList>): Promise<Sessions> {
    this.#none = noSessionsText({ open, node });
    const of = { ...(open && { open: 'true' as const }), ...(node && { node }), ...(cursor && { cursor }) };
    return callHost(hostClient(this.home, host), 'sessions.list', { query: of });
  }

  override render({ items, next }: Sessions): string {
    if (next !== null) this.progress(`more: the same with --cursor ${next}`);
    if (items.length === 0) return this.#none;
    return this.table([...SESSION_COLUMNS], sessionCells(items, Date.now()));
  }
}
