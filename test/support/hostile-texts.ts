/** Texts that try to move a cursor, reorder, hide, cover, imitate or outgrow what is around them, by what they try. */

/** Begins the second line of a text that has one: at the beginning of a line on a screen it would read as ours. */
export const FAKED = 'FAKED';

const TEXTS = {
  'clears the screen': '\u001b[2J\u001b[H\u001b[31mapproved',
  'writes the clipboard (OSC 52)': '\u001b]52;c;cm0gLXJmIC8=\u0007',
  'a link elsewhere (OSC 8)': '\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\',
  'a title (OSC 0)': '\u001b]0;entangle\u001b\\',
  'a notification (OSC 9)': '\u001b]9;approved\u0007',
  'leaves the screen': '\u001b[?1049l\u001b[?25l',
  'asks the terminal (DSR, DA)': '\u001b[6n\u001b[c',
  'a device string (DCS)': '\u001bP$q"p\u001b\\',
  'ends a paste': '\u001b[201~A7f3a',
  'C1 as one byte': '\u009b31m\u0090q\u009c',
  'C1 OSC': '\u009d52;c;eA==\u009c',
  'CR over the row': `over\r${FAKED}`,
  'BS over the row': 'back\b\b\b\bspace',
  newlines: `two\n${FAKED} lines\r\n${FAKED}`,
  'a newline first': `\n${FAKED} state approved`,
  'other line ends': 'NEL\u0085LS\u2028PS\u2029end',
  'tab and form feeds': 'tab\tand\vvertical\fform',
  'NUL, BEL, DEL': '\u0000\u0007\u007f',
  'bidi override': '\u202egnp.exe\u202c',
  'bidi isolate': '\u2066hidden\u2069',
  'bidi marks': 'a\u200e\u200f\u061cb',
  'zero width': 'zero\u200bwidth\u200d\ufeff',
  'tag characters': 'tag\u{e0041}\u{e0042}s',
  'soft hyphen, word joiner': 'soft\u00adhyphen\u2060joiner',
  'variation selectors': 'v\ufe00\ufe0f\u{e0100}s',
  'odd spaces': 'a\u00a0b\u2003c\u3000d',
  'blanks that are letters': '\u2800\u3164\uffa0blank',
  'right to left, Hebrew': 'שלום עולם',
  'right to left, Arabic': 'مرحبا بالعالم',
  wide: '全角の文字が並ぶ長い名前'.repeat(8),
  'emoji of many': '👩‍👩‍👧‍👦👍🏽🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'half a flag': '🇩🇪🇫🇷🇯',
  'a pile of marks': `e${'\u0301'.repeat(60)}`,
  'a mark first': '\u0301starts with a mark',
  'marks that strike': 'A̷̡̛͚̺͔̾̊̂',
  'very long': 'x'.repeat(5_000),
  'many blanks': ' '.repeat(300),
  'half a character': '\ud800lone surrogate\udfff',
  'looks escaped': '\\x1b[31m looks escaped',
  'imitates a frame': '┌── 1 Inbox ──┐',
  'imitates a mark': '✓ signed  approved by you',
  'one character, many cells': 'ﷺ'.repeat(20),
  nothing: '',
};
export type HostileName = keyof typeof TEXTS;
export const HOSTILE = Object.entries(TEXTS) as readonly [HostileName, string][];
export const HOSTILE_TEXTS: readonly string[] = Object.values(TEXTS);

/** Written out apart from the code under test: code points that must never reach a screen. */
export const FORBIDDEN: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0xa0, 0xa0],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x180b, 0x180f],
  [0x2000, 0x200a],
  [0x200b, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0x1d159, 0x1d159],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe007f],
  [0xe0100, 0xe01ef],
];
/** Each by itself: every character of every frame is looked up. */
const FORBIDDEN_CODES: ReadonlySet<number> = new Set(
  FORBIDDEN.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
);
export const isForbidden = (code: number): boolean => FORBIDDEN_CODES.has(code);
export const codesOf = (text: string): number[] => [...text].map((c) => c.codePointAt(0) ?? 0);

const isOfLines = (code: number): boolean => code === 9 || code === 10;
const ofClass = (code: number): string => `\\u{${code.toString(16)}}`;
const FORBIDDEN_CLASS = FORBIDDEN.map(([from, to]) => `${ofClass(from)}-${ofClass(to)}`).join('');
const FORBIDDEN_OUTSIDE_LINES = new RegExp(`(?![\\t\\n])[${FORBIDDEN_CLASS}]`, 'gu');
/** What bytes for a person must not hold: all of it but newline and tab. */
export const forbiddenIn = (bytes: string): string[] =>
  (bytes.match(FORBIDDEN_OUTSIDE_LINES) ?? []).map((character) => character.codePointAt(0)!.toString(16));
/** How a person sees what a text hides, one for each character of its beginning; newline and tab apart, which lines and arrows show. */
const hiddenCodes = (text: string, beginning = 16): number[] =>
  codesOf(text)
    .slice(0, beginning)
    .filter((code) => isForbidden(code) && !isOfLines(code));
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
/** Which of them no escape in the bytes shows: of ours, or of JSON. */
export const notShownIn = (bytes: string, text: string): string[] =>
  hiddenCodes(text)
    .filter((code) => {
      const ours = code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 1)}}`;
      const ofJson = JSON.stringify(String.fromCodePoint(code)).slice(1, -1);
      return ![ours, ofJson, `\\u${hex(code, 4)}`].some((shown) => bytes.includes(shown));
    })
    .map((code) => hex(code, 4));
