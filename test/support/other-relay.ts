/** A relay that nobody here wrote: `@nostr-relay/core` behind a socket, with events in memory. It asks for authentication. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Event, EventRepository, type Filter, type IncomingMessage } from '@nostr-relay/common';
import { NostrRelay } from '@nostr-relay/core';
import { WebSocketServer } from 'ws';
import type { SignedEvent } from '../../src/core/nostr/event.ts';

export type OtherRelay = { url: string; port: number; close(): Promise<void> };
/** Refusing: its operator lets nothing in. Hiding: shows nothing. */
type Habits = { isRefusing: boolean; isHiding: boolean };
type Options = { port?: number; stored?: SignedEvent[]; habits?: Habits };
export const REFUSAL = 'blocked: not here';

class Memory extends EventRepository {
  readonly #events: Event[];
  readonly #habits: Habits | undefined;
  constructor(events: Event[], habits: Habits | undefined) {
    super();
    this.#events = events;
    this.#habits = habits;
  }
  isSearchSupported(): boolean {
    return false;
  }
  upsert(event: Event): { isDuplicate: boolean } {
    const isDuplicate = this.#events.some(({ id }) => id === event.id);
    if (!isDuplicate) this.#events.push(event);
    return { isDuplicate };
  }
  find(filter: Filter): Event[] {
    if (this.#habits?.isHiding) return [];
    return this.#events
      .filter((event) => isMatch(filter, event))
      .sort((a, b) => b.created_at - a.created_at)
      .slice(0, filter.limit ?? 500);
  }
  async destroy(): Promise<void> {}
}

const isMatch = (filter: Filter, event: Event): boolean => {
  const lists: [readonly unknown[] | undefined, unknown][] = [
    [filter.ids, event.id],
    [filter.authors, event.pubkey],
    [filter.kinds, event.kind],
  ];
  if (lists.some(([list, value]) => list !== undefined && !list.includes(value))) return false;
  if (event.created_at < (filter.since ?? 0) || event.created_at > (filter.until ?? Infinity)) return false;
  const wanted = filter['#p'];
  return wanted === undefined || event.tags.some(([name, key]) => name === 'p' && wanted.includes(key!));
};

/** Its caches off: with them it forgets to look. */
export async function otherRelay({ port = 0, stored = [], habits }: Options = {}): Promise<OtherRelay> {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  const actual = (http.address() as AddressInfo).port;
  const relay = new NostrRelay(new Memory(stored, habits), {
    hostname: '127.0.0.1',
    filterResultCacheTtl: 0,
    eventHandlingResultCacheTtl: 0,
  });
  relay.register({
    beforeHandleEvent: () =>
      habits?.isRefusing ? { canHandle: false, message: REFUSAL } : { canHandle: true },
    broadcast: async (_event, next) => void (habits?.isHiding || (await next())),
  });
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on('connection', (socket) => {
    relay.handleConnection(socket, randomUUID());
    socket.on('error', () => {});
    socket.on('close', () => relay.handleDisconnect(socket));
    socket.on('message', (data) => {
      void relay.handleMessage(socket, JSON.parse(data.toString()) as IncomingMessage);
    });
  });
  return {
    url: `ws://127.0.0.1:${actual}`,
    port: actual,
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
