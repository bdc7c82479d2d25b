/** What the words of a relay are about, where NIP-01's prefixes do not say. */

/** The time of an event: it is too old or too new for this relay, or a clock is wrong. */
export const isAboutTime = (words: string): boolean =>
  /timestamp|created_at|too (?:old|late|early|far)|in the (?:future|past)|expired/i.test(words);
