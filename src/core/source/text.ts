/** Bytes that people can read: shown as text, whatever a few of them are. */

/**
 * True where at most one byte in ten is a control character or no UTF-8. One odd byte must not hide a source file, so
 * this counts, where git looks for a single NUL.
 */
export const isText = (bytes: Uint8Array): boolean => {
  const most = Math.floor(bytes.length / 10);
  let odd = 0;
  for (let at = 0; at < bytes.length && odd <= most; ) {
    if (isPlain(bytes[at]!)) {
      at++;
      continue;
    }
    const length = sequenceAt(bytes, at);
    if (length === 0 || isControl(bytes[at]!)) odd++;
    at += length || 1;
  }
  return odd <= most;
};

/** How many bytes of a text are none, and how many of them are control characters. */
export const oddBytes = (bytes: Uint8Array): { invalid: number; control: number } => {
  const odd = { invalid: 0, control: 0 };
  for (let at = 0; at < bytes.length; ) {
    if (isPlain(bytes[at]!)) {
      at++;
      continue;
    }
    const length = sequenceAt(bytes, at);
    if (length === 0) odd.invalid++;
    else if (isControl(bytes[at]!) || bytes[at] === ESCAPE) odd.control++;
    at += length || 1;
  }
  return odd;
};

/** Most bytes of most texts, and no more than one of them. */
const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
const ESCAPE = 0x1b;
const isControl = (byte: number): boolean =>
  byte === 0x7f || (byte < 0x20 && byte !== ESCAPE && (byte < 0x09 || byte > 0x0d));

/** Bytes of the UTF-8 sequence that begins here, 0 where none does. */
const sequenceAt = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1]!;
  // Overlong forms, halves of surrogate pairs, and what lies beyond U+10FFFF
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : length;
};

/** UTF-8 text, with each byte that is none as the lone surrogate U+DC00 + byte: shown as an escape, never as another byte. */
export const lossyText = (bytes: Uint8Array): string => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceAt(bytes, at);
    if (length === 0) {
      parts.push(decoder.decode(bytes.subarray(from, at)), String.fromCharCode(0xdc00 + bytes[at]!));
      from = at + 1;
    }
    at += length || 1;
  }
  return [...parts, decoder.decode(bytes.subarray(from))].join('');
};
