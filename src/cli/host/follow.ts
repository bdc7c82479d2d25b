/** What commands share that follow the Host. */
import { systemClock } from '../../adapters/system/clock.ts';
import { type FollowOptions, followTrace } from '../../services/host/follow.ts';
import type { HomePaths } from '../kit/settings.ts';
import { hostStream } from '../wiring/host-client.ts';

type At = { home: HomePaths; tokenFile: string | undefined };

export const followTraceOf = (
  { home, tokenFile }: At,
  query: Parameters<typeof followTrace>[2],
  signal: AbortSignal,
  progress: (text: string) => void,
  tell: Parameters<typeof followTrace>[4],
): Promise<void> => {
  const lost: FollowOptions['lost'] = ({ message }) =>
    progress(`${message}: what comes after is shown when the Host is back`);
  return followTrace(systemClock, hostStream(home, tokenFile), query, { signal, lost }, tell);
};
