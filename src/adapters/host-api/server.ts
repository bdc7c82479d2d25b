/** The Host API on a UNIX socket that only its owner can open, and what a listener of it is wherever it listens. */
import { chmod, lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { MAX_GRAPH_BYTES } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { type Rate, ratesOf, tooOften } from '../../core/host-api/rates.ts';
import type { ApiHandler, ApiResponse, ApiServer } from '../../ports/index.ts';
import { systemClock } from '../system/clock.ts';
import { systemFiles } from '../system/files.ts';
import { shortPath } from '../system/socket-path.ts';
import { boundWaiting, placeOf } from '../system/waiting-sockets.ts';
import { type StreamLimits, sendEvents } from './events.ts';
import type { IsOwnName } from './host-names.ts';
import { answerOf, readRequest } from './request.ts';

export type ApiLimits = StreamLimits & {
  headerBytes: number;
  bodyBytes: number;
  /** From connecting to the last byte of the headers. */
  headersMs: number;
  /** From connecting to the last byte of the body. */
  requestMs: number;
  idleMs: number;
  connections: number;
};
export const apiLimits: ApiLimits = {
  headerBytes: 16_384,
  /** A graph as a JSON text in JSON: every quote of it is written with a backslash. */
  bodyBytes: 2.5 * MAX_GRAPH_BYTES,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 5_000,
  connections: 64,
  unreadMs: 30_000,
  lastMs: 5_000,
};
export type ApiOptions = {
  socket: string;
  limits?: Partial<ApiLimits>;
  /** Told what a handler threw that was no EntangleError. */
  onBug?: (error: unknown) => void;
  /** Told the status of each request that no handler saw. */
  onRefused?: (status: number) => void;
};

const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const short = shortPath(path);
    const probe = connect(short.path);
    const answered = (is: boolean) => {
      probe.destroy();
      short.close();
      resolve(is);
    };
    probe.once('connect', () => answered(true));
    probe.once('error', () => answered(false));
  });

/** A socket file that nobody listens on is left from a process that was killed; anything else stays. */
async function clear(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return;
  if (!found.isSocket()) throw new EntangleError('conflict', `${path} exists and is not a socket`);
  if (await isAnswered(path)) {
    throw new EntangleError('conflict', `another process is serving ${path}`, { hint: 'stop it first' });
  }
  await unlink(path);
}

const JSON_TYPE = 'application/json; charset=utf-8';

function send(response: ServerResponse, answer: ApiResponse, close: boolean): void {
  const { status, body, retryAfter, media } = answer;
  if (response.destroyed || response.headersSent) return;
  const text = media === undefined ? `${JSON.stringify(body ?? null)}\n` : `${body}`;
  response.writeHead(status, {
    'content-type': media ?? JSON_TYPE,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': 'Bearer, Nostr' } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` }),
    ...(status === 405 ? { allow: 'GET, POST' } : {}),
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(text);
}

/** Answers what the HTTP parser itself refused, as far as the other side still listens. */
function refuseBroken(
  error: NodeJS.ErrnoException,
  socket: Socket,
  onRefused: (status: number) => void,
): void {
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  onRefused(Number.parseInt(status, 10));
  const body = `${JSON.stringify({ error: { code: 'usage', message: status.slice(4) } })}\n`;
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8`;
  socket.end(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`, () => socket.destroy());
}

/** PEM texts. */
export type TlsFiles = { cert: string; key: string };
type Listening = {
  limits: ApiLimits;
  onBug: (error: unknown) => void;
  onRefused: (status: number) => void;
  stopping: AbortSignal;
  isOwnName: IsOwnName;
  tls: TlsFiles | null;
  /** Of each address; null where there are none. */
  rate: Rate | null;
};

/** Whether its address asks too often: answered before anything of the request is looked at. */
const addressRates = (rate: Rate | null): ((request: IncomingMessage) => ApiResponse | null) => {
  if (rate === null) return () => null;
  const askAgain = ratesOf(rate);
  return ({ socket }) => {
    const waitMs = askAgain(placeOf(socket.remoteAddress), systemClock.monotonic());
    return waitMs > 0 ? tooOften(waitMs) : null;
  };
};

/** The connection that a server was told of first: below TLS there is another one than a request has. */
const rawSockets = (server: Server): ((socket: Socket) => Socket) => {
  const raw = new Map<string, Socket>();
  const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket);
    raw.set(key, socket);
    socket.once('close', () => raw.delete(key));
  });
  return (socket) => raw.get(keyOf(socket)) ?? socket;
};

export function listener(handler: ApiHandler, listening: Listening): Server {
  const { limits, onBug, onRefused, stopping, isOwnName, tls } = listening;
  const refusedByRate = addressRates(listening.rate);
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    requireHostHeader: false,
    insecureHTTPParser: false,
  };
  const server: Server =
    tls === null
      ? createServer(options)
      : createTlsServer({ ...options, ...tls, handshakeTimeout: limits.headersMs });
  const scheme = tls === null ? 'http' : 'https';
  const ownOf = tls === null ? (socket: Socket) => socket : rawSockets(server);
  // Who connects and asks nothing, or does not end asking, is in nobody's way.
  const waiting = boundWaiting(server, { ofAddress: 4 * limits.connections, all: 4 * limits.connections });
  server.maxConnections = 5 * limits.connections;
  server.maxRequestsPerSocket = 1_000;
  server.maxHeadersCount = 64;
  server.on('clientError', (error, socket: Socket) => refuseBroken(error, socket, onRefused));
  server.on('request', async (request, response) => {
    response.once('close', () => waiting.waits(ownOf(request.socket)));
    const refused = refusedByRate(request);
    if (refused) {
      onRefused(refused.status);
      return send(response, refused, !request.complete);
    }
    let isHanded = false;
    try {
      // A body that nobody read would be taken for the next request: after it, and only then, the connection ends.
      const asked = readRequest(request, { maxBody: limits.bodyBytes, isOwnName, scheme });
      // Who proves nothing yet may hold the end of its body back: that one waits like who asks nothing.
      if (asked.credential !== null) waiting.served(ownOf(request.socket));
      isHanded = true;
      const answer = await handler(asked);
      if ('events' in answer) await sendEvents(response, answer, { ...limits, stopping, onBug });
      else send(response, answer, !request.complete);
    } catch (error) {
      const answer = answerOf(error);
      if (answer.status === 500) onBug(error);
      if (!isHanded) onRefused(answer.status);
      send(response, answer, !request.complete);
    }
  });
  // Without these, Node would say "100 Continue" to a body that is then refused.
  for (const name of ['checkContinue', 'checkExpectation'] as const) {
    server.on(name, (request, response) => server.emit('request', request, response));
  }
  return server;
}

/** Streams end, and requests under way get a moment to be answered; who has not spoken its TLS by then is cut off too. */
export const closerOf = (
  server: Server,
  stopping: AbortController,
  closed = (): void => undefined,
): (() => Promise<void>) => {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      stopping.abort('stopping');
      server.close(() => {
        closed();
        resolve();
      });
      server.closeIdleConnections();
      setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, 1_000).unref();
    });
};

/** Implements `ServeApi`; limits can be tightened, as tests do. */
export async function serveApi(options: ApiOptions, handler: ApiHandler): Promise<ApiServer> {
  const { socket } = options;
  await systemFiles.directory(dirname(socket));
  await clear(socket);
  const stopping = new AbortController();
  const limits = { ...apiLimits, ...options.limits };
  const nothing = () => undefined;
  const { onBug = nothing, onRefused = nothing } = options;
  const server = listener(handler, {
    ...{ limits, onBug, onRefused, stopping: stopping.signal, tls: null, rate: null },
    isOwnName: (name) => name === 'localhost',
  });
  // Good until the server is closed: it removes its socket by this path
  const short = shortPath(socket);
  const close = closerOf(server, stopping, () => short.close());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(short.path, resolve);
  });
  await chmod(socket, 0o600);
  return { address: `unix:${socket}`, close };
}
