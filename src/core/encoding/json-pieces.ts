/** Long JSON in pieces: none holds more than a part of the value, and each is made when the one before was taken. */
import { safeJson } from './sanitize.ts';

const PIECE_CHARACTERS = 65_536;
/** A text is cut before one of these: neither a pair nor marks on one letter are parted. */
const CUT_BEFORE = /[\n\x20-\x7e]/g;

/** Joined it is `safeJson(value, indent)`, to the character. */
export function* jsonPieces(value: unknown, indent = 0, least = PIECE_CHARACTERS): Generator<string> {
  let piece = '';
  for (const part of partsOf(value, { indent, least }, '\n')) {
    piece += part;
    if (piece.length < least) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

type Form = { indent: number; least: number };

/** `line`: a line end and what stands before each line of this value. */
function* partsOf(value: unknown, form: Form, line: string): Generator<string> {
  if (isShort(value, form.least)) yield safeJson(value ?? null, form.indent).replaceAll('\n', line);
  else if (typeof value === 'string') yield* textParts(value, form.least);
  else yield* innerParts(value as object, form, line);
}

function* innerParts(value: object, form: Form, line: string): Generator<string> {
  const isList = Array.isArray(value);
  const [open, close] = isList ? '[]' : '{}';
  const [inner, colon] = form.indent === 0 ? ['', ':'] : [`${line}${' '.repeat(form.indent)}`, ': '];
  let before = open;
  for (const [key, one] of isList ? value.entries() : Object.entries(value)) {
    if (one === undefined && !isList) continue;
    yield `${before}${inner}${isList ? '' : `${safeJson(key)}${colon}`}`;
    yield* partsOf(one, form, inner);
    before = ',';
  }
  yield before === open ? `${open}${close}` : `${form.indent === 0 ? '' : line}${close}`;
}

function* textParts(text: string, least: number): Generator<string> {
  yield '"';
  for (let from = 0; from < text.length; ) {
    CUT_BEFORE.lastIndex = from + least;
    const to = CUT_BEFORE.exec(text)?.index ?? text.length;
    yield safeJson(text.slice(from, to)).slice(1, -1);
    from = to;
  }
  yield '"';
}

/** Looked at no further than until it is long. What says itself how it is written is written whole. */
function isShort(value: unknown, least: number): boolean {
  let room = least;
  const fits = (one: unknown): boolean => {
    room -= typeof one === 'string' ? one.length : 1;
    if (room < 0) return false;
    if (typeof one !== 'object' || one === null || 'toJSON' in one) return true;
    if (Array.isArray(one)) return one.every(fits);
    return Object.keys(one).every((key) => fits(key) && fits((one as Record<string, unknown>)[key]));
  };
  return fits(value);
}
