/** The embedded relay: NIP-01, 11, 40, 42 over `ws`, an append-only store, wraps served only to their recipients. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { MAX_FRAME_BYTES, MAX_WRAP_BYTES } from '../../core/bounds.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { MAILBOX_CHALLENGE } from '../../core/nostr/mailbox.ts';
import { SUCCESSION_NAME } from '../../core/nostr/members.ts';
import type { Clock, Random } from '../../ports/index.ts';
import { boundWaiting } from '../system/waiting-sockets.ts';
import { authority, socketAuthority } from './auth.ts';
import { Connection, type Hub, MAX_SUBSCRIPTIONS } from './connection.ts';
import { MAX_LIMIT } from './filter.ts';
import { Owner } from './owner.ts';
import { Policy } from './policy.ts';
import { RelayStore } from './store.ts';

export type RelayServerOptions = {
  host: string;
  /** 0: any free port. */
  port: number;
  directory: string;
  /** Host pubkey (hex): only keys that it registered may publish, strangers only to it. Without: every authenticated key. */
  owner?: string;
  /** URL under which clients reach this relay, where it is not host and port (a proxy, a name). */
  url?: string;
  clock: Clock;
  random: Random;
  /** Whether id and signature of an event are right. */
  verify: (event: SignedEvent) => boolean;
  suite: Suite;
  /** Bytes that all clients together may leave unread. */
  maxUnread?: number;
  maxConnections?: number;
  /** Told once when nothing can be stored any more: the process should exit. */
  onFatal?: (error: Error) => void;
};
export type RelayServer = { readonly url: string; readonly port: number; close(): Promise<void> };

const MAX_CONNECTIONS = 512;
/** Of all clients together: each may leave a quarter of it, and who has a few keys has a hundred connections. */
const MAX_UNREAD = 128 * 1024 ** 2;
/**
 * Connections that are no WebSocket yet. A client becomes one within moments: so many that somebody at its own address who
 * makes thousands a second does not push it out before.
 */
const WAITING = { ofAddress: 256, all: 1_024 };
/** Of one key: a machine that reconnects leaves a few behind, and no member needs more. */
const MAX_OF_ONE_KEY = 32;
/** Where all places are taken, a key that has more gives one up: a runner has as many keys as agents, and would take them all. */
const FEW_OF_ONE_KEY = 8;
/** A client that has not authenticated by then, or answers no ping within that time, is dropped. */
const PULSE_MS = 30_000;
const SWEEP_MS = 600_000;

/** Serves until closed. The caller holds the lock of the directory. */
export async function serveRelay(options: RelayServerOptions): Promise<RelayServer> {
  const { clock } = options;
  const now = () => Math.floor(clock.now() / 1000);
  const connections = new Map<WebSocket, Connection>();
  const owner = options.owner === undefined ? undefined : new Owner(options.owner, options.suite);
  const policy = new Policy(owner, clock);
  const broadcast = (event: SignedEvent, text: string) => {
    for (const connection of connections.values()) connection.deliver(event, text);
  };
  const onStored = (event: SignedEvent, text: string) => {
    policy.follow(event);
    if (policy.isMembers(event) && store.stands(event)) policy.setMembers(event);
    broadcast(event, text);
  };
  const onDiskFailure = (error: unknown) =>
    options.onFatal?.(
      new EntangleError('unavailable', `the relay’s disk failed: ${(error as Error).message}`, {
        cause: error,
      }),
    );
  const { directory } = options;
  const store = await RelayStore.open(directory, now(), onStored, onDiskFailure, {
    owner: () => policy.signer,
  });
  await readMembers(store, policy);
  // The first key's list has the recovery key, which a succession may need
  for (const event of await store.named(SUCCESSION_NAME)) policy.follow(event);
  await readMembers(store, policy);

  const http = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, answerHttp);
  const waiting = boundWaiting(http, WAITING);
  const stop = new AbortController();
  const address = await listen(http, options).catch(async (error: unknown) => {
    await store.close();
    throw new EntangleError('unavailable', `the relay cannot listen on ${options.host}:${options.port}`, {
      hint: 'use another --port, or stop the process that listens there',
      cause: error,
    });
  });
  const most = options.maxConnections ?? MAX_CONNECTIONS;
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    maxFragments: 64,
    verifyClient: (_info, answer) => {
      if (connections.size >= most) dropOldest(connections, (one) => !one.isRegistered);
      if (connections.size >= most) dropOfMany(connections);
      answer(connections.size < most, 503);
    },
  });
  sockets.on('error', () => {});
  // A client whose clock is wrong sees it before anything is refused.
  sockets.on('headers', (headers) => headers.push(`Date: ${new Date(clock.now()).toUTCString()}`));
  const url = options.url ?? `ws://${socketAuthority(options.host, address.port)}`;
  const names = [url, `ws://${socketAuthority(options.host, address.port)}`].flatMap(
    (each) => authority(each) ?? [],
  );
  const onKey = (key: string) => {
    const its = (one: Connection) => one.keys.has(key);
    if ([...connections.values()].filter(its).length > MAX_OF_ONE_KEY) dropOldest(connections, its);
  };
  const relieve = () => dropFullest(connections, options.maxUnread ?? MAX_UNREAD);
  const hub: Hub = { store, policy, verify: options.verify, now, broadcast, relieve, onKey };
  sockets.on('connection', (socket, request) => {
    waiting.served(request.socket);
    const challenge = MAILBOX_CHALLENGE + Buffer.from(options.random.bytes(16)).toString('hex');
    const authorities = new Set([...names, ...localNames(request)]);
    accept(socket, new Connection(socket, hub, challenge, authorities), connections);
  });
  void pulse(clock, connections, stop.signal);
  void sweep(clock, () => store.sweep(now()), stop.signal);

  return {
    url,
    port: address.port,
    close: async () => {
      stop.abort();
      for (const socket of connections.keys()) socket.terminate();
      await new Promise((resolve) => sockets.close(resolve));
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await store.close();
    },
  };
}

function accept(socket: WebSocket, connection: Connection, connections: Map<WebSocket, Connection>): void {
  connections.set(socket, connection);
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(1003, 'text frames only');
    else connection.receive(data.toString());
  });
  // A broken frame, a reset: ws closes the socket, and nothing else is to be done.
  socket.on('error', () => {});
  socket.on('close', () => connections.delete(socket));
}

/** Who was there first goes first: whoever comes to stay has shown a key within moments. */
function dropOldest(connections: Map<WebSocket, Connection>, isMeant: (one: Connection) => boolean): void {
  for (const [socket, connection] of connections) {
    if (!isMeant(connection)) continue;
    connections.delete(socket);
    socket.terminate();
    return;
  }
}

/** The oldest connection of the key that has most of them. */
function dropOfMany(connections: Map<WebSocket, Connection>): void {
  const counts = new Map<string, number>();
  for (const { keys } of connections.values())
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  if (most > FEW_OF_ONE_KEY)
    dropOldest(connections, ({ keys }) => [...keys].some((key) => counts.get(key) === most));
}

/** Whoever reads slowly has little before it beside who does not read at all. */
function dropFullest(connections: Map<WebSocket, Connection>, maxUnread: number): void {
  const sockets = [...connections.keys()];
  if (sockets.reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0) <= maxUnread) return;
  const fullest = sockets.reduce((most, one) => (one.bufferedAmount > most.bufferedAmount ? one : most));
  connections.delete(fullest);
  fullest.terminate();
}

async function sweep(clock: Clock, work: () => Promise<void>, stop: AbortSignal): Promise<void> {
  for (await clock.sleep(SWEEP_MS, stop); !stop.aborted; await clock.sleep(SWEEP_MS, stop)) await work();
}

async function readMembers(store: RelayStore, policy: Policy): Promise<void> {
  for (let part = 1; ; part++) {
    const address = policy.membersAddress(part);
    const list = address === undefined ? undefined : await store.addressed(address);
    if (list === undefined) return;
    policy.setMembers(list);
  }
}

/** The address that the client's packets came to, and "localhost" where that is this machine's own. */
function localNames(request: IncomingMessage): string[] {
  const { localAddress, localPort } = request.socket;
  if (localAddress === undefined || localPort === undefined) return [];
  const name = socketAuthority(localAddress, localPort);
  return /^(127\.|\[::1\])/.test(name) ? [name, `localhost:${localPort}`] : [name];
}

async function pulse(
  clock: Clock,
  connections: Map<WebSocket, Connection>,
  stop: AbortSignal,
): Promise<void> {
  const answered = new WeakSet<WebSocket>();
  const asked = new WeakSet<WebSocket>();
  for (await clock.sleep(PULSE_MS, stop); !stop.aborted; await clock.sleep(PULSE_MS, stop)) {
    for (const [socket, connection] of connections) {
      const isSilent = asked.has(socket) && !answered.has(socket) && !socket.isPaused;
      const isStranger = asked.has(socket) && !connection.isAuthenticated;
      if (isSilent || isStranger) {
        socket.terminate();
        continue;
      }
      answered.delete(socket);
      asked.add(socket);
      socket.once('pong', () => answered.add(socket));
      socket.ping();
    }
  }
}

function listen(http: Server, options: { host: string; port: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen({ host: options.host, port: options.port }, () => {
      http.off('error', reject);
      resolve(http.address() as AddressInfo);
    });
  });
}

/** NIP-11 for whoever asks for it, a word for browsers. */
function answerHttp(request: IncomingMessage, response: ServerResponse): void {
  const wantsInformation = request.headers.accept?.includes('application/nostr+json') ?? false;
  if (request.method !== 'GET' || !wantsInformation) {
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close' });
    response.end('This is a Nostr relay: connect with a WebSocket.\n');
    return;
  }
  response.writeHead(200, {
    'content-type': 'application/nostr+json',
    'access-control-allow-origin': '*',
    connection: 'close',
  });
  response.end(JSON.stringify(INFORMATION));
}

const INFORMATION = {
  name: 'entangle',
  description: 'The relay of an entangle federation.',
  software: 'entangle',
  supported_nips: [1, 9, 11, 40, 42, 59],
  limitation: {
    auth_required: true,
    restricted_writes: true,
    max_message_length: MAX_FRAME_BYTES,
    max_event_length: MAX_WRAP_BYTES,
    max_subscriptions: MAX_SUBSCRIPTIONS,
    max_limit: MAX_LIMIT,
    default_limit: MAX_LIMIT,
    created_at_upper_limit: 900,
  },
};
