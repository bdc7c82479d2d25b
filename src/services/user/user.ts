/** A person's node: what each user command has in its hands after it synced. */

import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { OldContents, SshSigner } from '../../ports/index.ts';
import { makeBlobRoom } from '../messaging/blob-room.ts';
import { fetchBlobs, fetchRoutes, serveBlobs } from '../messaging/blobs.ts';
import type { Exchange } from '../messaging/exchange.ts';
import { startExchange } from '../messaging/exchange.ts';
import type { Home } from '../messaging/home.ts';
import { reconcile } from '../messaging/reconciler.ts';
import { startWitness } from '../messaging/witness.ts';
import { ChangeTotals } from './change-totals.ts';
import { reissue } from './requests.ts';
import { Traces } from './traces.ts';

export type User = {
  home: Home;
  contents: OldContents;
  /** Keys with which this person also signs approvals. */
  sshKeys: readonly SshSigner[];
  exchange: Exchange;
  /** What was told of running turns since this process began. */
  traces: Traces;
  totals: ChangeTotals;
  /** Resolves when `look` finds something, looking again after each change; null when the time is over or it is called off. */
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
  sshKeys?: readonly SshSigner[];
  /** Why nobody is reached, where that is known, in words that a sentence begins with. */
  whyUnreached?: () => string | null;
};

/** Longer than anybody waits, in milliseconds. */
export const FOREVER = 2 ** 31 - 1;
const POLL_MS = 500;
/** A command that is over by then keeps no checkpoint. */
const WITNESS_AFTER_MS = 5_000;

export const startUser = async ({
  home,
  invite,
  contents = async () => new Map(),
  sshKeys = [],
  whyUnreached = () => null,
}: UserOptions): Promise<User> => {
  const traces = new Traces();
  let news = new AbortController();
  const wakeWaiting = () => {
    news.abort('news');
    news = new AbortController();
  };
  const exchange = startExchange(home, {
    changed: () => {
      loop.poke();
      wakeWaiting();
    },
    ephemeral: (m) => {
      witness.heard(m);
      if (m.type !== 'turn.trace') return;
      traces.note(m as Message<BodyOf<'turn.trace'>>, home.clock.now());
      wakeWaiting();
    },
  });
  const witness = startWitness(home, () => exchange, { afterMs: WITNESS_AFTER_MS, changed: wakeWaiting });
  const loop = reconcile(
    home.clock,
    POLL_MS,
    async () => {
      // What another process of this home wrote is told by nobody.
      await home.ledger.catchUp();
      wakeWaiting();
      await reissue(home, exchange);
      await fetchRoutes(home, exchange);
      await fetchBlobs(home, exchange);
      await serveBlobs(home, exchange);
      await makeBlobRoom(home);
    },
    (error) => home.log('error', error instanceof Error ? error.message : String(error)),
  );
  await hello(home, exchange, invite);
  return {
    home,
    contents,
    sshKeys,
    exchange,
    traces,
    totals: new ChangeTotals(home, exchange),
    until: untilFound(home, (ms, signal) =>
      home.clock.sleep(ms, signal ? AbortSignal.any([news.signal, signal]) : news.signal),
    ),
    async close() {
      await loop.stop();
      await witness.stop();
      const unsent = await exchange.flush();
      if (unsent > 0)
        home.log(
          'warning',
          `${whyUnreached() ?? 'no relay is reachable'}: ${unsent === 1 ? 'one message of yours is' : `${unsent} messages of yours are`} saved, and sent by the next command that reaches a relay`,
        );
      await exchange.close();
    },
  };
};

/** Looks again after each wait, which is over by then. */
export const untilFound =
  (home: Home, wait: (ms: number, signal?: AbortSignal) => Promise<void>): User['until'] =>
  async (look, timeoutMs, signal) => {
    const deadline = home.clock.monotonic() + timeoutMs;
    for (;;) {
      const found = look();
      if (found) return found;
      const left = deadline - home.clock.monotonic();
      if (left <= 0 || signal?.aborted) return null;
      await wait(left, signal);
    }
  };

/** Once a home: the Host then knows where to send the routes. A key that came back from its backup speaks anew. */
const hello = (home: Home, exchange: Exchange, invite: UserOptions['invite']): Promise<void> =>
  exchange.send([
    {
      type: 'user.hello',
      from: home.self.pubkey,
      to: home.host,
      body: { name: home.self.name, ...(invite ? { invite } : {}) },
      dedup: `hello:${home.stream}`,
    },
  ]);
