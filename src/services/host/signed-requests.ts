/** The use of a signed request: of its own body, once. */
import { SIGNED_REQUESTS } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { REQUEST_REFUSALS, type RequestRefusal } from '../../core/host-api/request-refusals.ts';
import { isSignedBody, useOf } from '../../core/host-api/signed-request.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { ApiRequest, ApiResponse } from '../../ports/index.ts';
import { refuseWrong } from './api-record.ts';
import type { Host } from './host.ts';

/** Null once it is on disk that it is used; until then nothing is done for it. */
export const useSigned = async (
  { home, signedRequests }: Host,
  request: ApiRequest,
  event: SignedEvent,
): Promise<RequestRefusal | null> => {
  if (!isSignedBody(event, home.suite, await request.bytes())) return 'request_payload';
  const until = event.created_at + SIGNED_REQUESTS.seconds;
  return (await signedRequests.use(useOf(home.suite, event), until)) ? null : 'request_replayed';
};

const HINT: Partial<Record<RequestRefusal, string>> = {
  request_host: 'give the key of the Host with --host-npub: it is in `entangle host status`',
  request_key: 'ask an admin: `entangle host operator list`',
  request_expired: 'compare the clocks of both machines',
  request_early: 'compare the clocks of both machines',
};

/** Told with the reason. On record it is nobody's: a signature that is not taken says nothing of who sent it. */
export const refuseSigned = (
  host: Host,
  request: ApiRequest,
  reason: RequestRefusal,
  count: number,
): Promise<ApiResponse> =>
  refuseWrong(host, { ...request, body: null }, count, {
    outcome: reason,
    error: new EntangleError(
      'not_authorized',
      `the signed request is not taken: ${REQUEST_REFUSALS[reason]}`,
      {
        hint: HINT[reason] ?? 'sign each request anew (NIP-98)',
        details: [{ reason }],
      },
    ),
  });
