/** Who asks: credentials of each kind have one authenticator; the first that knows the caller decides. */
import type { Credential, CredentialKind } from '../../core/host-api/credential.ts';
import type { OperatorRole } from '../../core/vocabulary.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { operatorsOf } from './operators.ts';
import { operatorOf } from './tokens.ts';

/** The operator behind a request, by what it was proved, and whom the credential itself names, if anybody. */
export type ApiPrincipal = { name: string; role: OperatorRole; auth: CredentialKind; subject: string | null };

/** Null for a credential of another kind, or of nobody who may call now. */
export type Authenticator = (
  home: Home,
  credential: Credential,
  request: ApiRequest,
) => ApiPrincipal | null | Promise<ApiPrincipal | null>;

const bearer: Authenticator = (home, credential) => {
  if (credential.kind !== 'bearer') return null;
  const found = operatorOf(home.suite, operatorsOf(home), credential.token, nowSeconds(home));
  return found && { name: found.name, role: found.role, auth: 'bearer', subject: null };
};

/** In the order in which they are tried. Without one of them nobody may call. */
export const AUTHENTICATORS: readonly Authenticator[] = [bearer];

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
