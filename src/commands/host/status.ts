import { amissRows } from '../../cli/host/amiss-rows.ts';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { checkedText, pairs, relayText, sessionsText } from '../../cli/kit/render.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { usageSumText } from '../../core/acp/usage.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { OutputOf } from '../../core/host-api/table.ts';

export default class HostStatus extends BaseCommand<typeof HostStatus> {
  static override summary = 'Show the status of the running Host.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostStatus>): Promise<OutputOf<'status.show'>> {
    return callHost(hostClient(this.home, flags), 'status.show');
  }

  override render(value: OutputOf<'status.show'>): string {
    const { revision, relays, sessions } = value;
    return pairs([
      ['host', value.host],
      ['graph', value.graph],
      ['epoch', value.epoch],
      ['revision', revision ? `${revision.n} ${revision.digest}` : 'none yet'],
      ['relays', relays.map(relayText).join('\n')],
      ['runners', value.runners],
      ['sessions', sessionsText(sessions)],
      ['usage', usageSumText(value.usage)],
      ['muted', value.muted > 0 ? `${value.muted} wait for somebody who was not reached` : null],
      ...amissRows(value),
      ['ledger', `${value.ledger.events} events`],
      ['verified', checkedText(value.ledger.checked)],
      ['unacked', value.outbox],
      ['rejected', value.rejects],
    ]);
  }
}
