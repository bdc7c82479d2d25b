/** The Host API, served as its table says; every mutation is on record before it happens, and its outcome before it is answered. */
import { digestOf } from '../../core/encoding/canonical.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import { checkRequest, type RequestParts } from '../../core/host-api/check.ts';
import { findOperation } from '../../core/host-api/route.ts';
import { type CallId, HOST_API, isStream, type StreamId } from '../../core/host-api/table.ts';
import type { ApiHandler, ApiRequest, ApiResponse } from '../../ports/index.ts';
import { record } from '../messaging/rejections.ts';
import { HANDLERS, STREAMS } from './api-handlers.ts';
import { targetOf } from './audit-target.ts';
import { type ApiPrincipal, authenticate } from './authenticators.ts';
import type { Host } from './host.ts';
import { createStreams } from './streams.ts';
import { mayDo } from './tokens.ts';
import { MAX_WRONG, wrongTokens } from './wrong-tokens.ts';

/** A request with its body; null of whom nobody knows, whose body is not read. */
type Asked = Omit<ApiRequest, 'body'> & { readonly body: unknown };

/** A refusal whose status says more than its code: `code` is what the caller's exit code comes from. */
const refusal = (status: number, code: ErrorCode, message: string, hint: string): ApiResponse => ({
  status,
  body: { error: { code, message, hint } },
});

/** Authenticates, authorizes by role, runs, and records a mutation whatever its outcome. */
export const hostApi = (host: Host): ApiHandler => {
  const countWrong = wrongTokens(host.home.clock);
  const streams = createStreams(host);
  return async (given) => {
    const principal = await authenticate(host.home, given);
    if (!principal) return refuseUnknown(host, { ...given, body: null }, countWrong());
    const request: Asked = { ...given, body: await given.body() };
    const found = findOperation(request.method, request.path);
    if (!found) {
      if (request.method === 'POST') await audit(host, request, principal, 'not_found');
      throw new EntangleError('not_found', `no ${request.method} ${request.path}`);
    }
    const { id, params } = found;
    const { role } = HOST_API[id];
    if (!mayDo(principal, role)) {
      if (request.method === 'POST') await audit(host, request, principal, 'forbidden');
      const message = `the role ${principal.role} may not do that; it takes ${role}`;
      return refusal(403, 'not_authorized', message, 'ask an admin: `entangle host operator add`');
    }
    if (!isStream(id)) return run(host, request, principal, id, params);
    return streams({ operator: principal.name, ...lookOf(host, request, id, params) });
  };
};

/** Wrong, expired and revoked tokens and none are one to the caller. A flood of them costs few lines a minute. */
const refuseUnknown = async (host: Host, request: Asked, count: number): Promise<ApiResponse> => {
  if (count <= MAX_WRONG) {
    if (request.method === 'POST') await audit(host, request, null, 'unauthenticated');
    throw new EntangleError('not_authorized', 'no valid operator token', {
      hint: 'use --token-file or ENTANGLE_TOKEN_FILE',
    });
  }
  if (count === MAX_WRONG + 1) await audit(host, request, null, 'rate_limited');
  return refusal(429, 'not_authorized', 'no valid operator token, too often', 'try again in a minute');
};

const run = async <K extends CallId>(
  host: Host,
  request: Asked,
  principal: ApiPrincipal,
  id: K,
  params: Record<string, string>,
): Promise<ApiResponse> => {
  const mutates = request.method === 'POST';
  // On record before it happens: what a crash cuts short was asked for by somebody all the same.
  if (mutates) await audit(host, request, principal, 'asked');
  try {
    const query = Object.fromEntries(request.query);
    const parts: RequestParts<K> = checkRequest(id, { params, query, body: request.body });
    const body = await HANDLERS[id](host, { ...parts, by: principal.name });
    if (mutates) await audit(host, request, principal, 'done');
    return { status: 200, body };
  } catch (error) {
    if (mutates) await audit(host, request, principal, error instanceof EntangleError ? error.code : 'bug');
    throw error;
  }
};

/** A client that goes on says behind what; its query is the one that it began with. */
const lookOf = <K extends StreamId>(host: Host, request: Asked, id: K, params: Record<string, string>) => {
  const given = Object.fromEntries(request.query);
  const query = request.lastEventId === null ? given : { ...given, cursor: request.lastEventId };
  const parts: RequestParts<K> = checkRequest(id, { params, query, body: request.body });
  return { look: STREAMS[id](host, parts), cursor: parts.query.cursor ?? '0' };
};

/** Whoever reads a digest of a secret finds a short one by trying: it is of the rest. */
const withoutValue = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'value' in body ? { ...body, value: null } : body;

const audit = async (
  host: Host,
  request: Asked,
  principal: ApiPrincipal | null,
  outcome: string,
): Promise<void> => {
  await record(host.home, 'host.operator_request.completed', {
    who: principal?.name ?? 'unknown',
    role: principal?.role ?? 'none',
    auth: principal?.auth ?? 'none',
    subject: principal?.subject ?? null,
    method: request.method,
    route: request.path.slice(0, 200),
    target: targetOf(request),
    outcome,
    digest: digestOf(host.home.suite, withoutValue(request.body ?? null)),
  });
  // Who follows the record is told of it
  host.news.tell();
};
