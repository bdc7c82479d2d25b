/** What issuers vouch for: workloads, such as the jobs of a CI. */
import type { IssuerKeys } from '../core/host-api/identity.ts';
import type { IdentityRefusal } from '../core/host-api/identity-refusals.ts';

/** An issuer that somebody bound, for which audiences; `keys` null where its own are fetched. */
export type TrustedIssuer = { issuer: string; audiences: readonly string[]; keys: IssuerKeys | null };

/** Signed by its issuer for one of the audiences, good now, and with an id that is its own; `by` is under whom it is all that. */
export type VerifiedIdentity = {
  by: readonly TrustedIssuer[];
  issuer: string;
  subject: string;
  id: string;
  audiences: readonly string[];
  claims: Readonly<Record<string, unknown>>;
};

/** `now` in Unix seconds. Never throws for what a token says, nor for an issuer that does not answer. */
export type VerifyIdentity = (
  token: string,
  trusted: readonly TrustedIssuer[],
  now: number,
) => Promise<VerifiedIdentity | IdentityRefusal>;
