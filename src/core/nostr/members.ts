/** The list of those whom the relay of a Host serves (NIP-51): the Host writes it, the relay reads it. */

export const MEMBERS_KIND = 30_000;
/** Tag of a key that an open invite gives; members stand under `p`. */
export const TICKET_TAG = 'ticket';
/** Tag with the sha256 of the recovery key, in the first part. */
export const RECOVERY_TAG = 'recovery';
/** `d` tag of what a key says of itself that came to sign for the Host: the chain from the first one, of the `graph`. */
export const SUCCESSION_NAME = 'entangle/succession';
const NAME = 'entangle/members';
/** `d` tag of a part: a long list goes on in parts 2, 3, … up to an empty one. */
export const membersName = (part: number): string => (part === 1 ? NAME : `${NAME}/${part}`);
