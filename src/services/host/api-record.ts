/** What is on record of requests to the Host API, and how whom nobody knows is answered. */
import { digestOf } from '../../core/encoding/canonical.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import { tooOften } from '../../core/host-api/rates.ts';
import type { ApiRequest, ApiResponse } from '../../ports/index.ts';
import { recordOf } from '../messaging/rejections.ts';
import { targetOf } from './audit-target.ts';
import type { ApiPrincipal } from './authenticators.ts';
import type { Host } from './host.ts';
import { MAX_WRONG, WRONG_SECONDS } from './wrong-tokens.ts';

/** A request with its body; null of whom nobody knows, whose body is not read. */
export type AskedRequest = Omit<ApiRequest, 'body'> & { readonly body: unknown };

/** Whoever reads a digest of a secret finds a short one by trying: it is of the rest. */
const SECRET_FIELDS = ['value', 'identity'];
const withoutSecrets = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
    ? { ...body, ...Object.fromEntries(SECRET_FIELDS.flatMap((key) => (key in body ? [[key, null]] : []))) }
    : body;

export const requestRecord = (
  { home }: Host,
  request: AskedRequest,
  principal: ApiPrincipal | null,
  outcome: string,
): ReturnType<typeof recordOf> =>
  recordOf(home, 'host.operator_request.completed', {
    who: principal?.name ?? 'unknown',
    role: principal?.role ?? 'none',
    auth: principal?.auth ?? 'none',
    subject: principal?.subject ?? null,
    method: request.method,
    route: request.path.slice(0, 200),
    target: targetOf(request),
    outcome,
    digest: digestOf(home.suite, withoutSecrets(request.body ?? null)),
  });

export const audit = async (
  host: Host,
  request: AskedRequest,
  principal: ApiPrincipal | null,
  outcome: string,
): Promise<void> => {
  const event = requestRecord(host, request, principal, outcome);
  await host.home.ledger.append(() => [{ dir: 'local', event }]);
  // Who follows the record is told of it
  host.news.tell();
};

/** A refusal whose status says more than its code: `code` is what the caller's exit code comes from. */
export const refusal = (status: number, code: ErrorCode, message: string, hint: string): ApiResponse => ({
  ...(status === 429 ? { retryAfter: WRONG_SECONDS } : {}),
  status,
  body: { error: { code, message, hint } },
});

export const ANOTHER_TOKEN =
  'use --token-file or ENTANGLE_TOKEN_FILE with a token of this Host that is neither expired nor revoked';
/** Wrong, expired and revoked tokens and none are one to the caller. A flood of them costs few lines a minute. */
export const refuseUnknown = (host: Host, request: AskedRequest, count: number): Promise<ApiResponse> => {
  const error = new EntangleError('not_authorized', 'no valid operator token', {
    hint: ANOTHER_TOKEN,
  });
  return refuseWrong(host, request, count, { outcome: 'unauthenticated', error });
};

/** The same, told and recorded with the reason. */
export const refuseWrong = async (
  host: Host,
  request: AskedRequest,
  count: number,
  { outcome, error }: { outcome: string; error: EntangleError },
): Promise<ApiResponse> => {
  if (count <= MAX_WRONG) {
    if (request.method === 'POST') await audit(host, request, null, outcome);
    throw error;
  }
  if (count === MAX_WRONG + 1) await audit(host, request, null, 'rate_limited');
  return refusal(429, 'not_authorized', 'no valid operator token, too often', 'try again in a minute');
};

/** What an operator may not do is on record as well: whoever has the least of tokens must not fill the ledger with it. */
export const refuseKnown = async (
  host: Host,
  request: AskedRequest,
  principal: ApiPrincipal,
  outcome: 'not_found' | 'forbidden',
  countRefused: (name: string) => number,
): Promise<ApiResponse | null> => {
  if (request.method !== 'POST') return null;
  const count = countRefused(principal.name);
  if (count <= MAX_WRONG + 1)
    await audit(host, request, principal, count <= MAX_WRONG ? outcome : 'rate_limited');
  return count <= MAX_WRONG
    ? null
    : refusal(429, 'not_authorized', 'too many requests that are refused', 'try again in a minute');
};

/** More requests than an operator's rate: the first of them in a minute that would change something is on record. */
export const refuseOften = async (
  host: Host,
  request: AskedRequest,
  principal: ApiPrincipal,
  { waitMs, countOften }: { waitMs: number; countOften: (name: string) => number },
): Promise<ApiResponse> => {
  if (request.method === 'POST' && countOften(principal.name) === 1)
    await audit(host, request, principal, 'rate_limited');
  return tooOften(waitMs);
};
