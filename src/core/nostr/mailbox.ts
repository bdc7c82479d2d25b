/** A relay that deletes a wrap when its recipient asks (NIP-09, though a one-time key wrote it) says so as it challenges. */
export const MAILBOX_CHALLENGE = 'entangle-mailbox:';
export const DELETION_KIND = 5;
