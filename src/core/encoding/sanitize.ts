/** Text from the wire, made safe to show: nothing in it can move a cursor, reorder, hide, cover or imitate. */
import { once } from './once.ts';

/**
 * Controls (C0, C1, DEL), format characters (bidi, zero-width, tags, soft hyphen), line and paragraph separators, lone
 * surrogates, what Unicode calls ignorable (fillers, joiners, variation selectors), spaces other than U+0020, and
 * characters that show nothing though they are letters or signs (blank Braille, null notehead), and those of a few scripts
 * that take the next character into their own cell, a border of ours as well (Grapheme_Cluster_Break = Prepend).
 * Made when a text needs them, as most do not: the classes of Unicode cost a start as much as a small module does.
 */
const unsafe = once(
  () =>
    /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}|\p{Default_Ignorable_Code_Point}|(?! )\p{Zs}|[\u2800\u{1d159}\u{16fe4}\u{e0000}-\u{e0fff}]|[\u0d4e\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]/u,
);
/** A text that reads as one of our escapes: its backslash is escaped, so that each escape stands for one text. */
const LOOKALIKE = /\\(?=[xX][0-9a-fA-F]{2}|[uU]\{[0-9a-fA-F]{1,6}\})/;
/** A combining mark after eight others: no script stacks more on one letter, and a pile of them covers the lines around it. */
const crowded = once(() => /(?<=\p{M}{8})\p{M}/u);
const unsafeAll = once(() => new RegExp(`${unsafe().source}|${crowded().source}|${LOOKALIKE.source}`, 'gu'));
/** What only its neighbours make unsafe. */
const unsafeHere = once(() => new RegExp(`${crowded().source}|${LOOKALIKE.source}`, 'uy'));
const KEPT_IN_LINES = /[\n\t]/;
/** Nothing in such a text is unsafe, and most are such: the classes above cost twenty times as much to look up. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e·…─-╬]*$/;
/** Shortest limit that is honoured: there must be room for the note about what was cut. */
const LEAST = 32;

/** `shown`: the text was shown once already, by us: what reads as an escape in it is one, and stays. */
export type SanitizeOptions = { multiline?: boolean; shown?: boolean };

const escapeOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * Replaces every unsafe character by a visible escape such as `\x1b` or `\u{202e}`; no two texts give the same one where
 * nothing is cut, so a text is sanitized once, where it is printed. Newline and tab stay with `multiline`.
 * At most `max` UTF-16 units (never under 32) come out; a cut ends in `…(+N cut)`, N in characters.
 */
export function sanitize(
  text: string,
  max = Number.POSITIVE_INFINITY,
  options: SanitizeOptions = {},
): string {
  const isKept = (c: string): boolean =>
    (c === '\\' && options.shown === true) || (options.multiline === true && KEPT_IN_LINES.test(c));
  const limit = Math.max(max, LEAST);
  // Escapes only lengthen: what is beyond the limit can be left unread except for being counted.
  if (text.length <= limit) {
    if (PLAIN.test(text)) return text;
    const whole = text.replace(unsafeAll(), (c) => (isKept(c) ? c : escapeOf(c)));
    if (whole.length <= limit) return whole;
  }
  const room = limit - `…(+${text.length} cut)`.length;
  const [classes, here] = [unsafe(), unsafeHere()];
  let shown = '';
  let taken = 0;
  for (const character of text) {
    here.lastIndex = taken;
    const isUnsafe = classes.test(character) || here.test(text);
    const piece = isUnsafe && !isKept(character) ? escapeOf(character) : character;
    if (shown.length + piece.length > room) break;
    shown += piece;
    taken += character.length;
  }
  return `${shown}…(+${countCharacters(text, taken)} cut)`;
}

const unsafeEach = once(() => new RegExp(unsafe().source, 'gu'));
/** How many characters of a text are escaped for what they are; newlines, with a CR before them, and tabs are none. */
export const countUnsafe = (text: string): number =>
  text.replace(/\r?\n|\t/g, '').match(unsafeEach())?.length ?? 0;

function countCharacters(text: string, from: number): number {
  let count = 0;
  for (let i = from; i < text.length; i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1) count++;
  return count;
}

const PLAIN_JSON = /^[\n\x20-\x7e]*$/;
const unsafeUnits = once(() => new RegExp(`${unsafe().source}|${crowded().source}`, 'gu'));

/**
 * JSON of the exact value, harmless where it is printed: what `sanitize` would escape is written with JSON's own
 * escapes by number, so a parser has each character back. Newlines stand only between values, where `indent` puts them.
 */
export const safeJson = (value: unknown, indent = 0): string => {
  const json = JSON.stringify(value, null, indent);
  if (PLAIN_JSON.test(json)) return json;
  return json.replace(unsafeUnits(), (c) => (c === '\n' ? c : unitsOf(c)));
};

const unitsOf = (character: string): string =>
  character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
