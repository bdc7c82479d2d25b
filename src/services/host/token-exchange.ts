/** Takes the identity token of a workload, once, and gives a token of this Host for it, for ten minutes. */
import { IDENTITY_SECONDS } from '../../core/bounds.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { IdentityRefusal } from '../../core/host-api/identity-refusals.ts';
import type { OutputOf } from '../../core/host-api/table.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import type { VerifiedIdentity } from '../../ports/index.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { ApiPrincipal } from './authenticators.ts';
import { bindingFor, openBindings, trustedIssuers } from './bindings.ts';
import type { Host } from './host.ts';
import { operatorInForce } from './operators.ts';

type Issued = { answer: OutputOf<'tokens.issue'>; principal: ApiPrincipal };
const MAX_SUBJECT = 200;

/** `recorded`: what goes into the ledger with the token, so that there is never one without the other. */
export const exchangeIdentity = async (
  { home, verifyIdentity }: Host,
  given: string,
  recorded: (principal: ApiPrincipal) => ReturnType<typeof recordOf>,
): Promise<Issued | IdentityRefusal> => {
  const identity = await verifyIdentity(given, trustedIssuers(openBindings(home)), nowSeconds(home));
  if (typeof identity === 'string') return identity;
  const token = newToken(home.random.bytes);
  const used = digestOfIdentity(home, identity);
  let outcome: Issued | IdentityRefusal = 'identity_replayed';
  // Bindings are looked at again in here: one may have ended while its issuer was asked
  await home.ledger.append(() => {
    const binding = bindingFor(openBindings(home), identity);
    const operator = binding && operatorInForce(home, binding.name);
    if (!operator) outcome = 'identity_claims';
    if (!operator || home.tables.list('issued_tokens', { identity: used }).length > 0) return [];
    const expires = nowSeconds(home) + IDENTITY_SECONDS.token;
    const subject = identity.subject.slice(0, MAX_SUBJECT).toWellFormed();
    const { name, role } = operator;
    const principal: ApiPrincipal = { name, role, auth: 'oidc', subject, until: expires };
    outcome = { principal, answer: { token, operator: name, role, expires: shownTime(expires) } };
    const body = {
      ...{ operator: name, sha256: tokenDigest(home.suite, token), subject },
      ...{ identity: used, expiresAt: expires },
    };
    return [
      { dir: 'local', event: recordOf(home, 'operator.token_issued', body) },
      { dir: 'local', event: recorded(principal) },
    ];
  });
  return outcome;
};

const digestOfIdentity = ({ suite }: Home, { issuer, id }: VerifiedIdentity): string =>
  toHex(suite.sha256(utf8(JSON.stringify([issuer, id]))));
