/** A person's node: what each user command has in its hands after it synced. */

import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { OldContents } from '../../ports/index.ts';
import { fetchBlobs, serveBlobs } from '../messaging/blobs.ts';
import type { Exchange } from '../messaging/exchange.ts';
import { startExchange } from '../messaging/exchange.ts';
import type { Home } from '../messaging/home.ts';
import { reconcile } from '../messaging/reconciler.ts';
import { reissue } from './requests.ts';

export type User = {
  home: Home;
  contents: OldContents;
  exchange: Exchange;
  /** Resolves when `look` finds something, looking again after each change; null when the time is over. */
  until<T>(
    look: () => T | null | undefined | false,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<T | null>;
  close(): Promise<void>;
};
export type UserOptions = {
  home: Home;
  invite: { id: string; hmac: string } | null;
  contents?: OldContents;
};

const POLL_MS = 500;

export const startUser = async ({
  home,
  invite,
  contents = async () => null,
}: UserOptions): Promise<User> => {
  const waiters = new Set<() => void>();
  const exchange = startExchange(home, {
    changed: () => {
      loop.poke();
      for (const waiter of waiters) waiter();
    },
    ephemeral: () => {},
  });
  const loop = reconcile(
    home.clock,
    POLL_MS,
    async () => {
      await home.ledger.catchUp();
      await reissue(home, exchange);
      await fetchBlobs(home, exchange);
      await serveBlobs(home, exchange);
      for (const waiter of waiters) waiter();
    },
    (error) => home.log('error', error instanceof Error ? error.message : String(error)),
  );
  await hello(home, exchange, invite);
  return {
    home,
    contents,
    exchange,
    async until(look, timeoutMs, signal) {
      const deadline = home.clock.monotonic() + timeoutMs;
      for (;;) {
        const found = look();
        if (found) return found;
        const left = deadline - home.clock.monotonic();
        if (left <= 0 || signal?.aborted) return null;
        await changeOrTime(home, waiters, Math.min(left, POLL_MS), signal);
      }
    },
    async close() {
      await loop.stop();
      const unsent = await exchange.flush();
      if (unsent > 0)
        home.log(
          'warning',
          `${unsent} of your messages were saved but not delivered: no relay is reachable; the next command sends them`,
        );
      await exchange.close();
    },
  };
};

const changeOrTime = async (
  home: Home,
  waiters: Set<() => void>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> => {
  const woken = new AbortController();
  const waiter = () => woken.abort();
  waiters.add(waiter);
  await home.clock.sleep(ms, signal ? AbortSignal.any([woken.signal, signal]) : woken.signal);
  waiters.delete(waiter);
};

/** Once: the Host then knows where to send the routes. */
const hello = (home: Home, exchange: Exchange, invite: UserOptions['invite']): Promise<void> =>
  exchange.send([
    {
      type: 'user.hello',
      from: home.self.pubkey,
      to: home.host,
      body: { name: home.self.name, ...(invite ? { invite } : {}) },
      dedup: 'hello',
    },
  ]);

/** No routes yet, or a node without a key yet: both come by themselves when the Host is up. */
export const isComing = (home: Home, name: string): boolean => {
  const peer = home.tables.get('peers', home.self.pubkey, name);
  if (peer) return peer.pubkey === null;
  return !isOutside(home) && home.tables.count('peers', { owner: home.self.pubkey }) === 0;
};

/** My routes are here and name nobody: the graph has no place for my key, or not any more. */
const isOutside = (home: Home): boolean => home.tables.get('routes', home.self.pubkey)?.peers === 0;

type RunningPeer = RowOf<'peers'> & { pubkey: string };
const isRunningPeer = (peer: RowOf<'peers'>): peer is RunningPeer => peer.pubkey !== null;

export const peerNamed = (home: Home, name: string): RunningPeer => {
  const peer = home.tables.get('peers', home.self.pubkey, name);
  if (peer && isRunningPeer(peer)) return peer;
  if (peer)
    throw new EntangleError('unavailable', `node "${name}" is not running`, {
      hint: 'assign it with `entangle host assignment create`',
    });
  if (isOutside(home))
    throw new EntangleError('denied', 'you have no edges in the active graph', {
      hint: 'ask an operator to add your key and its edges to the graph',
    });
  const known = home.tables.list('peers', { owner: home.self.pubkey }).map((row) => row.name);
  throw known.length > 0
    ? new EntangleError('not_found', `you have no edge to a node "${name}"`, {
        hint: `use one of ${known.join(', ')}`,
      })
    : new EntangleError('unavailable', 'no routes received from the Host yet', {
        hint: 'try again when your key is in the active graph and the Host is running',
      });
};

export const nameOf = (home: Home, pubkey: string): string => {
  if (pubkey === home.self.pubkey) return home.self.name;
  if (pubkey === home.host) return 'host';
  return home.tables.get('keys', pubkey)?.name ?? npub(pubkey);
};
