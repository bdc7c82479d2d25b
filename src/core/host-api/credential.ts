/** What a request to the Host API carries to show who asks, and how that is written in its Authorization header. */

export type Credential = { readonly kind: 'bearer'; readonly token: string };
export type CredentialKind = Credential['kind'];

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i;

/** Null for a header of no scheme that is taken. */
export const readAuthorization = (header: string): Credential | null => {
  const token = BEARER.exec(header)?.[1];
  return token === undefined ? null : { kind: 'bearer', token };
};

export const writeAuthorization = ({ token }: Credential): string => `Bearer ${token}`;
