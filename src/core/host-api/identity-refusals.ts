/** Why the identity token of a workload is exchanged for nothing, in the order in which it is looked at. */
export const IDENTITY_REFUSALS = {
  identity_malformed: 'it is no identity token',
  identity_issuer: 'no operator is bound to its issuer',
  identity_unreachable: 'the keys of its issuer cannot be had now',
  identity_algorithm: 'it is signed by an algorithm that is not taken',
  identity_key: 'its issuer has no such key',
  identity_signature: 'its signature is wrong',
  identity_audience: 'it is for another audience',
  identity_expired: 'it has expired, or does not say when it does',
  identity_early: 'it is not good yet, or does not say since when it is',
  identity_claims: 'no operator is bound to what it claims',
  identity_id: 'it has no jti',
  identity_replayed: 'it was used before',
} as const;
export type IdentityRefusal = keyof typeof IDENTITY_REFUSALS;
const ORDER = Object.keys(IDENTITY_REFUSALS) as IdentityRefusal[];

/** Of several the one of the token that came furthest. */
export const furthest = (all: readonly [IdentityRefusal, ...IdentityRefusal[]]): IdentityRefusal =>
  all.reduce((best, one) => (ORDER.indexOf(one) > ORDER.indexOf(best) ? one : best));
