/** What a request to the Host API carries to show who asks, and how that is written in its Authorization header. */

/** `event` of a signed request (NIP-98), in base64. */
export type Credential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'nostr'; readonly event: string };
export type CredentialKind = Credential['kind'];

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i;
const NOSTR = /^Nostr ([A-Za-z0-9+/]{1,12288}={0,2})$/i;

/** Null for a header of no scheme that is taken. */
export const readAuthorization = (header: string): Credential | null => {
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) return { kind: 'bearer', token };
  const event = NOSTR.exec(header)?.[1];
  return event === undefined ? null : { kind: 'nostr', event };
};

export const writeAuthorization = (credential: Credential): string =>
  credential.kind === 'bearer' ? `Bearer ${credential.token}` : `Nostr ${credential.event}`;
