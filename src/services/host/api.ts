/** The Host API, served as its table says; every mutation is on record before it happens, and its outcome before it is answered. */
import { OPERATOR_RATE } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { checkRequest, type RequestParts } from '../../core/host-api/check.ts';
import { JSON_MEDIA } from '../../core/host-api/operation.ts';
import { ratesOf } from '../../core/host-api/rates.ts';
import { findOperation } from '../../core/host-api/route.ts';
import { HOST_API, isGuarded, isStream, type StreamId } from '../../core/host-api/table.ts';
import type { ApiHandler, ApiResponse } from '../../ports/index.ts';
import { statusOfError } from './api-counts.ts';
import { HANDLERS, type HandledId, STREAMS } from './api-handlers.ts';
import { type AskedRequest, audit, refusal, refuseKnown, refuseOften, refuseUnknown } from './api-record.ts';
import { type ApiPrincipal, authenticate } from './authenticators.ts';
import type { Host } from './host.ts';
import { refuseSigned, useSigned } from './signed-requests.ts';
import { createStreams } from './streams.ts';
import { takeToken } from './take-token.ts';
import { mayDo } from './tokens.ts';
import { refusedRequests, wrongTokens } from './wrong-tokens.ts';

/** Each request is counted by its operation and how it was answered; a stream when it is opened. */
export const hostApi = (host: Host): ApiHandler => {
  const answer = answering(host);
  return async (given) => {
    const id = findOperation(given.method, given.path)?.id ?? null;
    try {
      const answered = await answer(given);
      host.requests.count(id, 'events' in answered ? 200 : answered.status);
      return answered;
    } catch (error) {
      host.requests.count(id, statusOfError(error));
      throw error;
    }
  };
};

/** Authenticates, authorizes by role, runs, and records a mutation whatever its outcome. */
const answering = (host: Host): ApiHandler => {
  const countWrong = wrongTokens(host.home.clock);
  const countRefused = refusedRequests(host.home.clock);
  const countOften = refusedRequests(host.home.clock);
  const askAgain = ratesOf(OPERATOR_RATE);
  const streams = createStreams(host);
  return async (given) => {
    const found = findOperation(given.method, given.path);
    const id = found?.id ?? null;
    if (id !== null && !isGuarded(id)) return takeToken(host, given, countWrong);
    const principal = await authenticate(host, given);
    if (!principal) return refuseUnknown(host, { ...given, body: null }, countWrong());
    if (typeof principal === 'string') return refuseSigned(host, given, principal, countWrong());
    // Before its body is read, whatever it asks for
    const waitMs = askAgain(principal.name, host.home.clock.monotonic());
    if (waitMs > 0) return refuseOften(host, { ...given, body: null }, principal, { waitMs, countOften });
    const denial = principal.signed ? await useSigned(host, given, principal.signed) : null;
    if (denial !== null) return refuseSigned(host, given, denial, countWrong());
    const request: AskedRequest = { ...given, body: await given.body() };
    if (!found || id === null) {
      const often = await refuseKnown(host, request, principal, 'not_found', countRefused);
      if (often) return often;
      throw new EntangleError('not_found', `no ${request.method} ${request.path}`);
    }
    const { params } = found;
    const { role } = HOST_API[id];
    if (!mayDo(principal, role)) {
      const often = await refuseKnown(host, request, principal, 'forbidden', countRefused);
      if (often) return often;
      const message = `the role ${principal.role} may not do that; it takes ${role}`;
      const hint = `ask an admin for another token: \`entangle host operator add NAME --role ${role}\``;
      return refusal(403, 'not_authorized', message, hint);
    }
    if (!isStream(id)) return run(host, request, principal, id, params);
    return streams({ principal, ...lookOf(host, request, id, params) });
  };
};

const run = async <K extends HandledId>(
  host: Host,
  request: AskedRequest,
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
    const { media } = HOST_API[id];
    return { status: 200, body, ...(media !== JSON_MEDIA && { media }) };
  } catch (error) {
    if (mutates) await audit(host, request, principal, error instanceof EntangleError ? error.code : 'bug');
    throw error;
  }
};

/** A client that goes on says behind what; its query is the one that it began with. */
const lookOf = <K extends StreamId>(
  host: Host,
  request: AskedRequest,
  id: K,
  params: Record<string, string>,
) => {
  const given = Object.fromEntries(request.query);
  const query = request.lastEventId === null ? given : { ...given, cursor: request.lastEventId };
  const parts: RequestParts<K> = checkRequest(id, { params, query, body: request.body });
  return { look: STREAMS[id](host, parts), cursor: parts.query.cursor ?? '0' };
};
