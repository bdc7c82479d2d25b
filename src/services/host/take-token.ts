/** The one request that whoever asks need not be known for: its body proves who they are. */
import { MAX_IDENTITY_TOKEN } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { checkRequest } from '../../core/host-api/check.ts';
import { IDENTITY_REFUSALS, type IdentityRefusal } from '../../core/host-api/identity-refusals.ts';
import type { ApiRequest, ApiResponse } from '../../ports/index.ts';
import { type AskedRequest, refuseWrong, requestRecord } from './api-record.ts';
import type { Host } from './host.ts';
import { exchangeIdentity } from './token-exchange.ts';

/** The token, and the JSON around it. */
const MAX_BODY = MAX_IDENTITY_TOKEN + 256;

const HINT: Partial<Record<IdentityRefusal, string>> = {
  identity_unreachable: 'try again later, or bind the issuer with --jwks',
  identity_expired: 'request a new identity token',
  identity_replayed: 'request a new identity token: each is good once',
};

const wrong = (reason: IdentityRefusal) => ({
  outcome: reason,
  error: new EntangleError(
    'not_authorized',
    `the identity token is not taken: ${IDENTITY_REFUSALS[reason]}`,
    {
      hint: HINT[reason] ?? 'compare it with `entangle host operator list --json`',
      details: [{ reason }],
    },
  ),
});

export const takeToken = async (
  host: Host,
  given: ApiRequest,
  countWrong: () => number,
): Promise<ApiResponse> => {
  if (given.credential !== null)
    throw new EntangleError('usage', 'this request takes no credential beside its body', {
      hint: 'leave the Authorization header out',
    });
  const request: AskedRequest = { ...given, body: await given.body(MAX_BODY) };
  const asked = identityOf(request);
  if (asked instanceof EntangleError)
    return refuseWrong(host, request, countWrong(), { outcome: asked.code, error: asked });
  const issued = await exchangeIdentity(host, asked.identity, (principal) =>
    requestRecord(host, request, principal, 'done'),
  );
  if (typeof issued === 'string') return refuseWrong(host, request, countWrong(), wrong(issued));
  host.news.tell();
  return { status: 200, body: issued.answer };
};

const identityOf = ({ query, body }: AskedRequest): { identity: string } | EntangleError => {
  try {
    return checkRequest('tokens.issue', { params: {}, query: Object.fromEntries(query), body }).body;
  } catch (error) {
    if (error instanceof EntangleError) return error;
    throw error;
  }
};
