/** Why a signed request (NIP-98) is not taken, in the order in which it is looked at. */
export const REQUEST_REFUSALS = {
  request_malformed: 'it is no signed request (NIP-98)',
  request_host: 'it is for another Host',
  request_method: 'it is for another method',
  request_url: 'it is for another URL',
  request_expired: 'it was signed more than a minute ago',
  request_early: 'it is of a time that is yet to come',
  request_signature: 'its signature is wrong',
  request_key: 'no operator has its key',
  request_replayed: 'it was used before',
  request_payload: 'it is of another body',
} as const;
export type RequestRefusal = keyof typeof REQUEST_REFUSALS;
