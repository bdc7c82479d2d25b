/** Identity tokens (RFC 7519, OpenID Connect Core 1.0 §2), verified by `jose`, which is loaded when the first one comes. */
import type { JWTPayload, JWTVerifyOptions } from 'jose';
import * as z from 'zod';
import { IDENTITY_SECONDS, MAX_IDENTITY_TOKEN } from '../../core/bounds.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { text } from '../../core/encoding/schema.ts';
import type { IssuerKeys } from '../../core/host-api/identity.ts';
import { furthest, type IdentityRefusal } from '../../core/host-api/identity-refusals.ts';
import type { TrustedIssuer, VerifiedIdentity, VerifyIdentity } from '../../ports/index.ts';
import type { PublishedKeys } from './issuer-keys.ts';

type Jose = typeof import('jose');
type Verdict = VerifiedIdentity | IdentityRefusal;

/** Of key pairs alone: with `none`, or with a secret that is the public key, anybody could sign. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const REFUSED: Readonly<Record<string, IdentityRefusal>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'identity_algorithm',
  ERR_JOSE_NOT_SUPPORTED: 'identity_algorithm',
  ERR_JWKS_NO_MATCHING_KEY: 'identity_key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'identity_key',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'identity_signature',
  ERR_JWT_EXPIRED: 'identity_expired',
  ERR_JWS_INVALID: 'identity_malformed',
  ERR_JWT_INVALID: 'identity_malformed',
};
/** What is missing, or is not what it has to be. */
const OF_CLAIM: Readonly<Record<string, IdentityRefusal>> = {
  ...{ iss: 'identity_issuer', aud: 'identity_audience', jti: 'identity_id' },
  ...{ nbf: 'identity_early', iat: 'identity_early', exp: 'identity_expired' },
};
const named = z.object({ jti: text(255).min(1) });
const identified = z.object({
  ...{ iss: z.string(), sub: text(1_024) },
  aud: z.union([z.string(), z.array(z.string()).max(16)]),
});

export const identityVerifier =
  (published: PublishedKeys): VerifyIdentity =>
  async (token, trusted, now) => {
    if (token.length > MAX_IDENTITY_TOKEN) return 'identity_malformed';
    const jose = await import('jose');
    const issuer = issuerIn(jose, token);
    if (issuer === null) return 'identity_malformed';
    const verdicts: [IdentityRefusal, ...IdentityRefusal[]] = ['identity_issuer'];
    const good: VerifiedIdentity[] = [];
    for (const one of trusted.filter((each) => each.issuer === issuer)) {
      const verdict = await verdictOf(jose, token, one, published, now);
      if (typeof verdict === 'string') verdicts.push(verdict);
      else good.push(verdict);
    }
    if (good[0]) return { ...good[0], by: good.flatMap(({ by }) => by) };
    return furthest(verdicts);
  };

/** Not believed yet: it says by whose keys to look. */
const issuerIn = (jose: Jose, token: string): string | null => {
  try {
    const { iss } = jose.decodeJwt(token);
    return typeof iss === 'string' ? iss : null;
  } catch {
    return null;
  }
};

/** A key that is not among those of the issuer may be a new one. */
const verdictOf = async (
  jose: Jose,
  token: string,
  trusted: TrustedIssuer,
  published: PublishedKeys,
  now: number,
): Promise<Verdict> => {
  const { issuer } = trusted;
  const keys = trusted.keys ?? (await published.of(issuer));
  if (keys === null) return 'identity_unreachable';
  const verdict = await verify(jose, token, keys, trusted, now);
  if (verdict !== 'identity_key' || trusted.keys !== null) return verdict;
  const renewed = await published.renewed(issuer);
  return renewed === null ? 'identity_unreachable' : verify(jose, token, renewed, trusted, now);
};

const verify = async (
  jose: Jose,
  token: string,
  keys: IssuerKeys,
  trusted: TrustedIssuer,
  now: number,
): Promise<Verdict> => {
  const { issuer, audiences } = trusted;
  const options: JWTVerifyOptions = {
    ...{ issuer, audience: [...audiences], algorithms: ALGORITHMS },
    ...{ currentDate: new Date(now * 1000), clockTolerance: IDENTITY_SECONDS.skew },
    ...{ maxTokenAge: IDENTITY_SECONDS.oldest, requiredClaims: ['exp', 'sub', 'jti'] },
  };
  try {
    const keyOf = jose.createLocalJWKSet({ keys: keys.map((key) => ({ ...key })) });
    const { payload } = await jose.jwtVerify(token, keyOf, options);
    return identityOf(payload, trusted);
  } catch (error) {
    return refusalOf(error);
  }
};

const identityOf = (payload: JWTPayload, trusted: TrustedIssuer): Verdict => {
  const id = readShape(named, payload);
  if (!id.success) return 'identity_id';
  const read = readShape(identified, payload);
  if (!read.success) return 'identity_claims';
  const { iss: issuer, sub: subject, aud } = read.data;
  const audiences = [aud].flat();
  return { by: [trusted], issuer, subject, id: id.data.jti, audiences, claims: payload };
};

/** A key that cannot be used, such as one that is too short, is thrown in other words by each platform. */
const refusalOf = (error: unknown): IdentityRefusal => {
  const { code, claim } = error as { code?: string; claim?: string };
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') return OF_CLAIM[claim ?? ''] ?? 'identity_claims';
  return REFUSED[code ?? ''] ?? 'identity_key';
};
