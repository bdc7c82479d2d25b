/** Event kinds of other NIPs. Of NIP-59: the layers that carry a message to one recipient. */

export const SEAL_KIND = 13;
export const WRAP_KIND = 1059;
/** Wraps that relays forward but need not keep. */
export const EPHEMERAL_WRAP_KIND = 21059;
/** NIP-98: a request over HTTP that its asker signs. */
export const HTTP_AUTH_KIND = 27235;
