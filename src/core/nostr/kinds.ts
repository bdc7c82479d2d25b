/** Event kinds of NIP-59: the layers that carry a message to one recipient. */

export const SEAL_KIND = 13;
export const WRAP_KIND = 1059;
/** Wraps that relays forward but need not keep. */
export const EPHEMERAL_WRAP_KIND = 21059;
