/** Text from the wire, made safe to show: nothing in it can move a cursor, reorder, hide or imitate. */

/**
 * Controls (C0, C1, DEL), format characters (bidi, zero-width, tags, soft hyphen), line and paragraph separators,
 * lone surrogates, letters that show nothing (Hangul and Khmer fillers, grapheme joiner, Mongolian selectors), the
 * whole tag block and the variation selectors supplement, assigned or not.
 */
const UNSAFE =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}|\u034f|[\u115f\u1160]|[\u17b4\u17b5]|[\u180b-\u180f]|[\u2060-\u206f]|\u3164|\uffa0|[\u{e0000}-\u{e0fff}]/u;
const UNSAFE_ALL = new RegExp(UNSAFE.source, 'gu');
const KEPT_IN_LINES = /^[\n\t]$/;
/** Shortest limit that is honoured: there must be room for the note about what was cut. */
const LEAST = 32;

export type SanitizeOptions = { multiline?: boolean };

const escapeOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * Replaces every unsafe character by a visible escape such as `\x1b` or `\u{202e}`. Newline and tab stay with
 * `multiline`. At most `max` UTF-16 units (never under 32) come out; a cut ends in `…(+N cut)`, N in characters.
 */
export function sanitize(
  text: string,
  max = Number.POSITIVE_INFINITY,
  options: SanitizeOptions = {},
): string {
  const keep = options.multiline === true ? KEPT_IN_LINES : undefined;
  const limit = Math.max(max, LEAST);
  // Escapes only lengthen: what is beyond the limit can be left unread except for being counted.
  if (text.length <= limit) {
    const whole = text.replace(UNSAFE_ALL, (c) => (keep?.test(c) ? c : escapeOf(c)));
    if (whole.length <= limit) return whole;
  }
  const room = limit - `…(+${text.length} cut)`.length;
  let shown = '';
  let taken = 0;
  for (const character of text) {
    const piece = UNSAFE.test(character) && !keep?.test(character) ? escapeOf(character) : character;
    if (shown.length + piece.length > room) break;
    shown += piece;
    taken += character.length;
  }
  return `${shown}…(+${countCharacters(text, taken)} cut)`;
}

function countCharacters(text: string, from: number): number {
  let count = 0;
  for (let i = from; i < text.length; i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1) count++;
  return count;
}
