/** A relay in memory with the habits of strfry, and hooks by which a test makes it worse. It verifies nothing. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SignedEvent } from '../../src/core/nostr/event.ts';

type Filter = Record<string, unknown> & { since?: number; until?: number; limit?: number };
export type Script = {
  /** none: no challenge; optional: a challenge, nothing restricted; required: wraps only for their recipient. */
  auth: 'none' | 'optional' | 'required';
  /** When the challenge comes: at once, or with the first answer that needs it. */
  challenge: 'at once' | 'when needed';
  /** Keys that one connection may authenticate. */
  keys: number;
  /** Stored events that one query gets, whatever limit it names. */
  limit: number;
  maxSubscriptions: number;
  /** Whether to keep an event for which the relay says OK. */
  keep: (event: SignedEvent) => boolean;
  /** Live delivery of an event to one subscription. */
  deliver: (send: (event: SignedEvent) => void, event: SignedEvent, stored: readonly SignedEvent[]) => void;
  /** What a query is answered with, and in which order. */
  answer: (found: SignedEvent[]) => SignedEvent[];
  /** True: the hook dealt with the frame. */
  onFrame: (frame: unknown[], socket: WebSocket) => boolean;
};
export type ScriptedRelay = {
  url: string;
  port: number;
  stored: SignedEvent[];
  /** Frames that clients sent, in order. */
  received: unknown[][];
  sockets: ReadonlySet<WebSocket>;
  close(): Promise<void>;
};
type Client = {
  socket: WebSocket;
  challenge: string;
  keys: Set<string>;
  subscriptions: Map<string, Filter[]>;
};

const STRFRY: Script = {
  auth: 'required',
  challenge: 'when needed',
  keys: 1,
  limit: 500,
  maxSubscriptions: 200,
  keep: () => true,
  deliver: (send, event) => send(event),
  answer: (found) => found,
  onFrame: () => false,
};

/** `tls`: its key and certificate, where it is to be reached by wss. */
export async function scriptedRelay(
  habits: Partial<Script> = {},
  port = 0,
  tls?: { key: string; cert: string },
): Promise<ScriptedRelay> {
  const script = { ...STRFRY, ...habits };
  const stored: SignedEvent[] = [];
  const passing: SignedEvent[] = [];
  const received: unknown[][] = [];
  const clients = new Map<WebSocket, Client>();
  const http = tls ? createSecureServer(tls) : createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', resolve);
  });
  server.on('connection', (socket) => {
    const client = {
      socket,
      challenge: randomBytes(8).toString('hex'),
      keys: new Set<string>(),
      subscriptions: new Map(),
    };
    clients.set(socket, client);
    socket.on('error', () => {});
    socket.on('close', () => clients.delete(socket));
    if (script.auth === 'optional' || (script.auth === 'required' && script.challenge === 'at once'))
      send(socket, ['AUTH', client.challenge]);
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as unknown[];
      received.push(frame);
      if (!script.onFrame(frame, socket)) handle(script, { stored, passing, clients }, client, frame);
    });
  });
  const actual = (http.address() as AddressInfo).port;
  return {
    url: `ws://127.0.0.1:${actual}`,
    port: actual,
    stored,
    received,
    get sockets() {
      return new Set(clients.keys());
    },
    close: async () => {
      for (const socket of clients.keys()) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** `passing`: ephemeral events, which strfry gives on request for five minutes all the same. */
type State = { stored: SignedEvent[]; passing: SignedEvent[]; clients: Map<WebSocket, Client> };

function handle(script: Script, state: State, client: Client, frame: unknown[]): void {
  const [name, first] = frame;
  if (name === 'EVENT') publish(script, state, client, first as SignedEvent);
  else if (name === 'REQ') request(script, state, client, String(first), frame.slice(2) as Filter[]);
  else if (name === 'CLOSE') client.subscriptions.delete(String(first));
  else if (name === 'AUTH') {
    const event = first as SignedEvent;
    const words = authRefusal(script, client, event);
    if (words === '') client.keys.add(event.pubkey);
    send(client.socket, ['OK', event.id, words === '', words]);
  }
}

function authRefusal(script: Script, client: Client, event: SignedEvent): string {
  if (!event.tags.some((tag) => tag[0] === 'challenge' && tag[1] === client.challenge))
    return 'error: wrong challenge';
  return client.keys.size >= script.keys ? 'error: already authenticated' : '';
}

/** strfry 2026: kinds 4 and 1059 are read by whom they are for; a filter for others too is answered without them. */
const RESTRICTED = [4, 1059];
const asksForRestrictedAlone = (filters: Filter[]): boolean =>
  filters.every(({ kinds }) => Array.isArray(kinds) && kinds.every((kind) => RESTRICTED.includes(kind)));
const mayRead = (script: Script, { keys }: Client, event: SignedEvent): boolean =>
  script.auth !== 'required' ||
  !RESTRICTED.includes(event.kind) ||
  keys.has(event.pubkey) ||
  event.tags.some(([name, key]) => name === 'p' && keys.has(key!));

function publish(script: Script, state: State, client: Client, event: SignedEvent): void {
  const { stored, passing, clients } = state;
  const isEphemeral = event.kind >= 20_000 && event.kind < 30_000;
  const words = refusal(event, isEphemeral);
  const isKnown = stored.some(({ id }) => id === event.id);
  send(client.socket, ['OK', event.id, words === '', isKnown ? 'duplicate: have this event' : words]);
  if (words !== '' || isKnown || !script.keep(event)) return;
  (isEphemeral ? passing : stored).push(event);
  for (const each of clients.values()) {
    for (const [id, filters] of each.subscriptions) {
      if (!mayRead(script, each, event) || !filters.some((filter) => isMatch(filter, event))) continue;
      script.deliver((sent) => send(each.socket, ['EVENT', id, sent]), event, stored);
    }
  }
}

/** As it is published: three years, and the least tags of its versions. */
const STRFRY_EVENTS = { maxEventSize: 65_536, maxNumTags: 250, maxTagValSize: 255, olderThan: 94_608_000 };

function refusal(event: SignedEvent, isEphemeral: boolean): string {
  const now = Date.now() / 1000;
  const { maxEventSize, maxNumTags, maxTagValSize, olderThan } = STRFRY_EVENTS;
  if (Buffer.byteLength(JSON.stringify(event)) > maxEventSize) return 'invalid: event too large';
  if (event.tags.length > maxNumTags) return 'invalid: too many tags';
  if (event.tags.some((tag) => Buffer.byteLength(tag[1] ?? '') > maxTagValSize))
    return 'invalid: tag val too large';
  if (event.created_at < now - olderThan) return 'invalid: created_at too early';
  if (isEphemeral && event.created_at < now - 60) return 'invalid: ephemeral event expired';
  return event.created_at > now + 900 ? 'invalid: created_at too late' : '';
}

function request(script: Script, state: State, client: Client, id: string, filters: Filter[]): void {
  const { socket, keys, subscriptions } = client;
  if (script.auth === 'required' && keys.size === 0 && asksForRestrictedAlone(filters)) {
    if (script.challenge === 'when needed') send(socket, ['AUTH', client.challenge]);
    send(socket, ['CLOSED', id, 'ERROR: auth-required: you must authenticate to read these']);
    return;
  }
  if (!subscriptions.has(id) && subscriptions.size >= script.maxSubscriptions) {
    send(socket, ['NOTICE', 'ERROR: too many concurrent REQs']);
    return;
  }
  const found = filters.flatMap((filter) =>
    [...state.stored, ...state.passing]
      .filter((event) => mayRead(script, client, event) && isMatch(filter, event))
      .sort((a, b) => b.created_at - a.created_at)
      .slice(0, Math.min(script.limit, filter.limit ?? script.limit)),
  );
  for (const event of script.answer(found)) send(socket, ['EVENT', id, event]);
  send(socket, ['EOSE', id]);
  subscriptions.set(id, filters);
}

function isMatch(filter: Filter, event: SignedEvent): boolean {
  if (filter.since !== undefined && event.created_at < filter.since) return false;
  if (filter.until !== undefined && event.created_at > filter.until) return false;
  if (Array.isArray(filter.kinds) && !filter.kinds.includes(event.kind)) return false;
  if (Array.isArray(filter.ids) && !filter.ids.includes(event.id)) return false;
  const keys = filter['#p'];
  return !Array.isArray(keys) || event.tags.some(([name, value]) => name === 'p' && keys.includes(value));
}

function send(socket: WebSocket, frame: unknown[]): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
}
