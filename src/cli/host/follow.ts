/** What commands share that follow the Host. */
import { systemClock } from '../../adapters/system/clock.ts';
import type { OutputOf } from '../../core/host-api/table.ts';
import { type FollowOptions, followAudit, followTrace } from '../../services/host/follow.ts';
import type { Tell } from '../../services/messaging/tell.ts';
import type { HomePaths } from '../kit/settings.ts';
import { type HostFlags, hostStream } from '../wiring/host-client.ts';

type At = { home: HomePaths; host: HostFlags };
type Told<Entry> = { progress(text: string): void; tell: Tell<Entry> };

const lostTo =
  (progress: (text: string) => void): FollowOptions['lost'] =>
  ({ message }) =>
    progress(`${message}: what comes after is shown when the Host is back`);

export const followTraceOf = (
  { home, host }: At,
  query: Parameters<typeof followTrace>[2],
  signal: AbortSignal,
  { progress, tell }: Told<OutputOf<'trace.follow'>>,
): Promise<void> => {
  const options = { signal, lost: lostTo(progress) };
  return followTrace(systemClock, hostStream(home, host), query, options, tell);
};

/** A page, and what comes behind it. */
export const tailAudit = async (
  { home, host }: At,
  { items }: OutputOf<'audit.list'>,
  signal: AbortSignal,
  { progress, tell }: Told<OutputOf<'audit.follow'>>,
): Promise<void> => {
  for (const entry of items) await tell(entry);
  const from = items.at(-1)?.cursor ?? null;
  const options = { signal, lost: lostTo(progress) };
  return followAudit(systemClock, hostStream(home, host), from, options, tell);
};
