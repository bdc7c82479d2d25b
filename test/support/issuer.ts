/** An issuer of identity tokens: its keys, what it publishes and what it signs, wherever it is served. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { publishedKeys } from '../../src/adapters/identity/issuer-keys.ts';
import { identityVerifier } from '../../src/adapters/identity/verify.ts';
import type { VerifyIdentity } from '../../src/ports/index.ts';

export const noIssuer: VerifyIdentity = async () => 'identity_issuer';

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>;
export type Signed = {
  claims?: Readonly<Record<string, unknown>>;
  header?: Record<string, unknown>;
  key?: SigningKey;
};

/** `now` in Unix seconds. */
export const testIssuer = async (url: string, now: () => number) => {
  const made = async () => ({
    kid: `key-${++count}`,
    pair: await generateKeyPair('ES256', { extractable: true }),
  });
  let count = 0;
  let jti = 0;
  let current = await made();
  let published = [await exportJWK(current.pair.publicKey)];
  let isDown = false;
  const asked: string[] = [];
  const page = (path: string): unknown => {
    if (path === '/.well-known/openid-configuration') return { issuer: url, jwks_uri: `${url}/keys` };
    return path === '/keys' ? keySet() : undefined;
  };
  const keySet = () => ({
    keys: published.map((key, i) => ({ ...key, kid: kids[i], alg: 'ES256', use: 'sig' })),
  });
  let kids = [current.kid];
  return {
    url,
    asked,
    page,
    keySet,
    /** From now on it signs with another key, which alone it publishes. */
    async rotate() {
      current = await made();
      published = [await exportJWK(current.pair.publicKey)];
      kids = [current.kid];
    },
    goDown(is = true) {
      isDown = is;
    },
    getJson: async (at: string): Promise<unknown> => {
      asked.push(at);
      const answer = at.startsWith(url) ? page(at.slice(url.length)) : undefined;
      if (isDown || answer === undefined) throw new Error(`${at} does not answer`);
      return answer;
    },
    sign: ({ claims = {}, header = {}, key }: Signed = {}): Promise<string> => {
      const at = now();
      const all: JWTPayload = {
        ...{ iss: url, aud: 'entangle', sub: 'repo:acme/app:ref:refs/heads/main', jti: `job-${++jti}` },
        ...{ iat: at, nbf: at, exp: at + 300, repository: 'acme/app', ref: 'refs/heads/main' },
        ...claims,
      };
      const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return new SignJWT(said)
        .setProtectedHeader({ alg: 'ES256', kid: current.kid, ...header })
        .sign((key ?? current.pair).privateKey);
    },
  };
};
export type TestIssuer = Awaited<ReturnType<typeof testIssuer>>;

/** Verifies what that issuer signed, by the keys that it publishes; `monotonic` in milliseconds. */
export const verifierOf = (
  { getJson }: Pick<TestIssuer, 'getJson'>,
  clock: { monotonic(): number },
  told: string[] = [],
) => identityVerifier(publishedKeys(getJson, clock, (words) => told.push(words)));
