/** What starts a relay that is a process of this machine. */
import { isLoopback } from '../../core/graph/network.ts';

/** Null for a relay that is elsewhere: whoever reads this cannot start that one. */
export const ownRelayStart = (url: string): string | null => {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== 'ws:' || !isLoopback(`${hostname}:${port || 80}`)) return null;
  return `start it with \`entangle relay serve --port ${port || 80}\``;
};

/** Why none was reached, where all are of this machine and nobody listens there. */
export const ownRelaysDown = (relays: readonly { url: string; detail: string }[]): string | null => {
  const down = relays.flatMap(({ url, detail }) => {
    const start = detail.includes('ECONNREFUSED') ? ownRelayStart(url) : null;
    return start === null ? [] : [`the relay ${url} of this machine does not run; ${start}`];
  });
  return down.length > 0 && down.length === relays.length ? down[0]! : null;
};
