/** The Host API, as a server and as a client. */
import type { Credential } from '../core/host-api/credential.ts';
import type { HttpMethod } from '../core/vocabulary.ts';

/** Host API requests and answers; bodies are JSON values. */
export type ApiRequest = {
  method: HttpMethod;
  /** Path without query, e.g. "/v1/runners". */
  path: string;
  query: ReadonlyMap<string, string>;
  /** All of it as it was asked, e.g. "https://host.example.org:8443/v1/audit?cursor=7"; what a signed request is for. */
  url: string;
  /** Read when it is asked for: of whom nobody knows, it is not. Throws for what is no JSON, or larger than `most` bytes. */
  body(most?: number): Promise<unknown>;
  /** The same before it is taken apart; none of a GET. */
  bytes(): Promise<Uint8Array>;
  /** As given, not verified; null where there is none. */
  credential: Credential | null;
  /** Of a client that goes on with a stream; null where it does not say so. */
  lastEventId: string | null;
};

/** `retryAfter`: seconds, where asking again sooner is of no use. `media`: of a body that is a text, and no JSON value. */
export type ApiResponse = { status: number; body: unknown; retryAfter?: number; media?: string };

/** `cursor` is what a stream goes on behind; `data` is a JSON value. */
export type ApiEvent = { cursor: string; data: unknown };
/**
 * A stream that does not end by itself: null only says that it lives, and is the first that it gives. It ends soon after
 * the signal aborts; what it throws before the first is an answer like any other, and after that its last event.
 */
export type ApiStream = { events: (signal: AbortSignal) => AsyncIterable<ApiEvent | null> };

export type ApiHandler = (request: ApiRequest) => Promise<ApiResponse | ApiStream>;

export interface ApiServer {
  /** Address people can use: "unix:/path" or "http://127.0.0.1:port". */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves on a 0600 UNIX socket. Limits, timeouts, JSON content type, no Origin: all before the handler. */
export type ServeApi = (options: { socket: string }, handler: ApiHandler) => Promise<ApiServer>;

/** Where a Host answers: the path of its socket, or over TCP; `ca` is the PEM of the only authorities that count, else null. */
export type ApiPlace =
  | string
  | {
      readonly secure: boolean;
      readonly hostname: string;
      readonly port: number;
      readonly ca: string | null;
    };

/** Makes the credential of one request, whose body is this text; it is good for no other. */
export type SignRequest = (asked: { method: HttpMethod; url: string; body: string }) => Promise<Credential>;

/** unavailable when nobody listens; given a path that answers with a stream, it is no JSON. */
export type CallApi = (
  place: ApiPlace,
  request: { method: HttpMethod; path: string; body?: unknown; credential: Credential | SignRequest | null },
) => Promise<ApiResponse>;

/** Opens a stream behind a cursor; null says that it is open, and lives. Throws the Host's own error, also the one that it ends with; unavailable when it breaks. */
export type StreamApi = (
  place: ApiPlace,
  request: {
    path: string;
    credential: Credential | SignRequest | null;
    cursor: string | null;
    signal: AbortSignal;
  },
) => AsyncIterable<ApiEvent | null>;
