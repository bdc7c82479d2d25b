/** Waits until those whom a revision concerns have acknowledged it. */

import type { WaitFor } from '../../core/command-words.ts';
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { Party } from '../../core/host-api/shapes.ts';
import type { Clock } from '../../ports/index.ts';

const POLL_MS = 100;
/** People send no heartbeat: who does not acknowledge within this time counts as away. */
const PRESENCE_MS = 5_000;

export type WaitWanted = { revision: number; who: WaitFor; timeoutMs: number; signal?: AbortSignal };
/** Names of nodes: those who have the revision, and those who will get it when they come back. */
export type Delivered = { acked: string[]; away: string[] };

const isAwaited = (party: Party, who: WaitWanted['who'], waitedMs: number): boolean =>
  who === 'all' || (party.affected && (party.online ?? waitedMs < PRESENCE_MS));

/** `timed_out` when somebody waited for is still silent; the revision is active all the same. */
export const waitForDelivery = async (
  client: HostClient,
  clock: Clock,
  wanted: WaitWanted,
): Promise<Delivered> => {
  const start = clock.monotonic();
  for (;;) {
    const { revision, parties } = await callHost(client, 'graph.delivery');
    if (revision !== wanted.revision)
      throw new EntangleError(
        'conflict',
        `revision ${wanted.revision} was superseded by revision ${revision}`,
        {
          hint: 'see `entangle graph history`',
        },
      );
    const waitedMs = clock.monotonic() - start;
    const names = (list: readonly Party[]) => list.map(({ node }) => node).sort();
    const silent = parties.filter((party) => !party.acked);
    const awaited = silent.filter((party) => isAwaited(party, wanted.who, waitedMs));
    if (awaited.length === 0)
      return { acked: names(parties.filter(({ acked }) => acked)), away: names(silent) };
    if (waitedMs >= wanted.timeoutMs || wanted.signal?.aborted)
      throw new EntangleError(
        'timed_out',
        `revision ${revision} is active, but not acknowledged by ${names(awaited).join(', ')}`,
        {
          hint: 'do not apply it again: they receive it when they are online',
          details: [{ revision, acked: names(parties.filter(({ acked }) => acked)), away: names(silent) }],
        },
      );
    await clock.sleep(POLL_MS, wanted.signal);
  }
};
