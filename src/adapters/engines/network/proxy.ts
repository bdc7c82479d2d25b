/** The one way out of a fenced turn: a proxy that knows a list, looks names up by itself, and ends with the turn. */
import { once } from 'node:events';
import { chmod, mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { MAX_NETWORK } from '../../../core/bounds.ts';
import { NETWORK_TARGET } from '../../../core/grammars.ts';
import type { NetworkOutcome } from '../../../core/vocabulary.ts';
import type { Reached, Turn } from '../../../ports/index.ts';
import { heldPath } from '../../system/socket-path.ts';
import { type Lookup, systemLookup } from './addresses.ts';
import { Dialling, NotReached } from './dial.ts';
import { forward } from './forward.ts';
import { ReachedPlaces } from './reached.ts';

export const WAY_SOCKET = 'proxy';
type Bounds = { [K in keyof typeof MAX_NETWORK]: number };
type ProxyOptions = { lookup?: Lookup; bounds?: Partial<Bounds> };

export type TurnProxy = {
  /** Has its socket, to be mounted where the turn is. */
  directory: string;
  /** Ends it with all its connections; what the turn asked for. */
  close(): Promise<Reached[]>;
};

const WORDS: Readonly<Record<Exclude<NetworkOutcome, 'opened'>, readonly [status: string, words: string]>> = {
  not_listed: ['403 Forbidden', 'is not in the list of the network that this turn may reach'],
  private_address: [
    '403 Forbidden',
    'leads to an address that is not public, and that the list does not name',
  ],
  unreachable: ['502 Bad Gateway', 'cannot be reached'],
  too_many: ['503 Service Unavailable', 'is one connection too many'],
  malformed: ['400 Bad Request', 'this proxy knows CONNECT, and http with a whole URL'],
};
const refusalText = (outcome: Exclude<NetworkOutcome, 'opened'>, to: string): string => {
  const [status, words] = WORDS[outcome];
  const body = `entangle: ${to} ${words}\n`.replace(/ +/g, ' ');
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
};

/** What a CONNECT names; null where no list could. */
const authorityOf = (text: string): string | null => {
  const target = text.toLowerCase();
  return target.length <= MAX_NETWORK.target && NETWORK_TARGET.pattern.test(target) ? target : null;
};
/** What a request with a whole URL names, and its path there. */
const urlOf = (text: string): { target: string; path: string; host: string } | null => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' || url.username !== '' || url.password !== '') return null;
  const target = authorityOf(`${url.hostname}:${url.port || 80}`);
  return target === null ? null : { target, path: `${url.pathname}${url.search}`, host: url.host };
};

export const openProxy = async (
  { scratch, network }: Pick<Turn, 'scratch' | 'network'>,
  { lookup = systemLookup, bounds }: ProxyOptions = {},
): Promise<TurnProxy> => {
  const limits: Bounds = { ...MAX_NETWORK, ...bounds };
  const directory = join(scratch, 'network');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const places = new ReachedPlaces();
  const sockets = new Set<Duplex>();
  const over = new AbortController();
  const held = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.setTimeout(limits.idleMs, () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const dialling = new Dialling({ list: network, lookup, dialMs: limits.dialMs, signal: over.signal });
  /** Counted when it ends, with all that went through it. */
  const dial = async (target: string): Promise<Socket> => {
    const socket = held(await dialling.dial(target));
    socket.once('close', () =>
      places.add(target, 'opened', { sent: socket.bytesWritten, received: socket.bytesRead }),
    );
    return socket;
  };
  const refuse = (socket: Duplex, outcome: Exclude<NetworkOutcome, 'opened'>, to = ''): void => {
    places.add(to, outcome);
    // Whoever does not close its end would keep its place
    socket.end(refusalText(outcome, to), () => socket.destroy());
  };
  const refused = (socket: Duplex, to: string, error: unknown): void => {
    if (over.signal.aborted) socket.destroy();
    else refuse(socket, error instanceof NotReached ? error.outcome : 'unreachable', to);
  };
  const asked = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = request;
    const url = urlOf(request.url ?? '');
    if (url === null) return refuse(socket, 'malformed');
    try {
      const upstream = await dial(url.target);
      await forward(request, response, { ...url, upstream }).catch(() => upstream.destroy());
      upstream.destroy();
      socket.destroySoon();
    } catch (error) {
      refused(socket, url.target, error);
    }
  };
  const tunnelled = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const target = authorityOf(request.url ?? '');
    if (target === null) return refuse(socket, 'malformed');
    try {
      const upstream = await dial(target);
      if (socket.destroyed) return void upstream.destroy();
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
      // What one of them said last still goes through
      socket.on('close', () => upstream.destroySoon());
      upstream.on('close', () => socket.end());
    } catch (error) {
      refused(socket, target, error);
    }
  };
  const server = createServer({
    ...{ maxHeaderSize: limits.headBytes, headersTimeout: limits.headMs, requestTimeout: 0 },
    ...{ keepAliveTimeout: 1, requireHostHeader: false },
    connectionsCheckingInterval: Math.min(1000, limits.headMs),
  });
  server.maxConnections = limits.connections;
  // One request a connection: what comes after it cannot be taken for another
  server.maxRequestsPerSocket = 1;
  server.on('connection', held).on('drop', () => places.add('', 'too_many'));
  server.on('request', (request, response) => void asked(request, response));
  server.on('connect', (request, socket, head) => void tunnelled(request, socket, head));
  server.on('clientError', (_error, socket) => {
    if (!socket.destroyed) refuse(socket, 'malformed');
  });
  const place = heldPath(join(directory, WAY_SOCKET));
  try {
    await once(server.listen(place.path), 'listening');
    await chmod(join(directory, WAY_SOCKET), 0o600);
  } catch (error) {
    place.close();
    throw error;
  }
  const close = async (): Promise<Reached[]> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    over.abort('the turn is over');
    // Not ‘once’ of Node: one that fails meanwhile is closed too, and would throw the whole turn away
    const ends = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.destroy();
    await Promise.all([closed, ...ends]);
    place.close();
    return places.all;
  };
  let closing: Promise<Reached[]> | undefined;
  return {
    directory,
    close() {
      closing ??= close();
      return closing;
    },
  };
};
