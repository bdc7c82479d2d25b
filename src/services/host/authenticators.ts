/** Who asks: credentials of each kind have one authenticator; the first that knows the caller decides. */
import type { Credential } from '../../core/host-api/credential.ts';
import type { RequestRefusal } from '../../core/host-api/request-refusals.ts';
import { checkSignedRequest, useOf } from '../../core/host-api/signed-request.ts';
import { tokenDigest } from '../../core/host-api/token.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { OperatorMethod, OperatorRole } from '../../core/vocabulary.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import type { Host } from './host.ts';
import { operatorOfKey } from './operator-keys.ts';
import { operatorInForce, operatorsOf } from './operators.ts';
import { operatorOf } from './tokens.ts';

/**
 * The operator behind a request, by what it was proved, and whom the credential itself names, if anybody; `until` where it
 * ends by itself, in Unix seconds.
 */
export type ApiPrincipal = {
  name: string;
  role: OperatorRole;
  auth: OperatorMethod;
  subject: string | null;
  until: number | null;
  /** Where the credential is of this request alone: its body and its use are still to be looked at. */
  signed?: SignedEvent;
};

/** Whether a principal who was let in before may still call. */
export const isStillLetIn = (home: Home, { name, until }: Pick<ApiPrincipal, 'name' | 'until'>): boolean =>
  operatorInForce(home, name) !== null && (until === null || nowSeconds(home) < until);

/** Null for a credential of another kind, or of nobody who may call now; a reason where what was signed is not taken. */
export type Authenticator = (
  host: Pick<Host, 'home' | 'signedRequests'>,
  credential: Credential,
  request: ApiRequest,
) => ApiPrincipal | RequestRefusal | null | Promise<ApiPrincipal | RequestRefusal | null>;

const bearer: Authenticator = ({ home }, credential) => {
  if (credential.kind !== 'bearer') return null;
  const found = operatorOf(home.suite, operatorsOf(home), credential.token, nowSeconds(home));
  return found && { name: found.name, role: found.role, auth: 'bearer', subject: null, until: found.expires };
};

/** A token that was given for an identity token: it is good as long as it says, and as its operator is one. */
const issued: Authenticator = ({ home }, credential) => {
  if (credential.kind !== 'bearer') return null;
  const row = home.tables.get('issued_tokens', tokenDigest(home.suite, credential.token));
  const operator = row && nowSeconds(home) < row.expires ? operatorInForce(home, row.operator) : null;
  if (!row || !operator) return null;
  const { name, role } = operator;
  return { name, role, auth: 'oidc', subject: row.subject, until: row.expires };
};

/** A request that a key signed. Of one that was made before it is nobody's: who plays it again must not use up a rate. */
const signed: Authenticator = ({ home, signedRequests }, credential, { method, url }) => {
  if (credential.kind !== 'nostr') return null;
  const asked = { method, url, host: home.host, suite: home.suite, now: nowSeconds(home) };
  const event = checkSignedRequest(credential.event, asked);
  if (typeof event === 'string') return event;
  const operator = operatorOfKey(home, event.pubkey);
  if (!operator) return 'request_key';
  if (signedRequests.has(useOf(home.suite, event))) return 'request_replayed';
  const { name, role, expires } = operator;
  return { name, role, auth: 'nip98', subject: event.pubkey, until: expires, signed: event };
};

/** In the order in which they are tried. Without one of them nobody may call. */
export const AUTHENTICATORS: readonly Authenticator[] = [bearer, issued, signed];

export const authenticate = async (
  host: Pick<Host, 'home' | 'signedRequests'>,
  request: ApiRequest,
  authenticators = AUTHENTICATORS,
): Promise<ApiPrincipal | RequestRefusal | null> => {
  if (request.credential === null) return null;
  for (const one of authenticators) {
    const principal = await one(host, request.credential, request);
    if (principal) return principal;
  }
  return null;
};
