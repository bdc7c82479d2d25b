/** The Host API, as a server and as a client. */
import type { Credential } from '../core/host-api/credential.ts';
import type { HttpMethod } from '../core/vocabulary.ts';

/** Host API requests and answers; bodies are JSON values. */
export type ApiRequest = {
  method: HttpMethod;
  /** Path without query, e.g. "/v1/runners". */
  path: string;
  query: ReadonlyMap<string, string>;
  body: unknown;
  /** As given, not verified; null where there is none. */
  credential: Credential | null;
};

export type ApiResponse = { status: number; body: unknown };

export type ApiHandler = (request: ApiRequest) => Promise<ApiResponse>;

export interface ApiServer {
  /** Address people can use: "unix:/path" or "http://127.0.0.1:port". */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves on a 0600 UNIX socket. Limits, timeouts, JSON content type, no Origin: all before the handler. */
export type ServeApi = (options: { socket: string }, handler: ApiHandler) => Promise<ApiServer>;

/** unavailable when nobody listens. */
export type CallApi = (
  socket: string,
  request: { method: HttpMethod; path: string; body?: unknown; credential: Credential | null },
) => Promise<ApiResponse>;
