/** A clock that is hours wrong, ours or the relay's: what relays refuse then sounds like something else. */
import { isoTime, LATEST_SECONDS } from '../../core/encoding/time.ts';
import { isAboutTime } from '../../core/nostr/relay-words.ts';

const TOLERATED_MS = 5 * 60_000;

/** Both times in words, where the `Date` header of the relay's answer is far from our clock; else null. */
export function clockTrouble(date: string | undefined, now: number): string | null {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  // A relay may say anything; this is what can be written as a time.
  if (Number.isNaN(theirs) || theirs < 0 || theirs > LATEST_SECONDS * 1000) return null;
  if (Math.abs(theirs - now) <= TOLERATED_MS) return null;
  return `its clock says ${isoTime(theirs)}, this machine’s says ${isoTime(Math.floor(now))}`;
}

/** A relay's words, with our time where they are about time: it may be ours that is wrong. */
export const withOurTime = (words: string, now: number): string =>
  isAboutTime(words) ? `${words} (this machine’s clock says ${isoTime(Math.floor(now))})` : words;
