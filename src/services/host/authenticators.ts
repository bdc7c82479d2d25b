/** Who asks: credentials of each kind have one authenticator; the first that knows the caller decides. */
import type { Credential } from '../../core/host-api/credential.ts';
import { tokenDigest } from '../../core/host-api/token.ts';
import type { OperatorMethod, OperatorRole } from '../../core/vocabulary.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
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
};

/** Whether a principal who was let in before may still call. */
export const isStillLetIn = (home: Home, { name, until }: Pick<ApiPrincipal, 'name' | 'until'>): boolean =>
  operatorInForce(home, name) !== null && (until === null || nowSeconds(home) < until);

/** Null for a credential of another kind, or of nobody who may call now. */
export type Authenticator = (
  home: Home,
  credential: Credential,
  request: ApiRequest,
) => ApiPrincipal | null | Promise<ApiPrincipal | null>;

const bearer: Authenticator = (home, credential) => {
  if (credential.kind !== 'bearer') return null;
  const found = operatorOf(home.suite, operatorsOf(home), credential.token, nowSeconds(home));
  return found && { name: found.name, role: found.role, auth: 'bearer', subject: null, until: found.expires };
};

/** A token that was given for an identity token: it is good as long as it says, and as its operator is one. */
const issued: Authenticator = (home, credential) => {
  if (credential.kind !== 'bearer') return null;
  const row = home.tables.get('issued_tokens', tokenDigest(home.suite, credential.token));
  const operator = row && nowSeconds(home) < row.expires ? operatorInForce(home, row.operator) : null;
  if (!row || !operator) return null;
  const { name, role } = operator;
  return { name, role, auth: 'oidc', subject: row.subject, until: row.expires };
};

/** In the order in which they are tried. Without one of them nobody may call. */
export const AUTHENTICATORS: readonly Authenticator[] = [bearer, issued];

export const authenticate = async (
  home: Home,
  request: ApiRequest,
  authenticators = AUTHENTICATORS,
): Promise<ApiPrincipal | null> => {
  if (request.credential === null) return null;
  for (const one of authenticators) {
    const principal = await one(home, request.credential, request);
    if (principal) return principal;
  }
  return null;
};
