/** What a terminal sends, as keys and pastes: the names and the rules that Ink's reading of it has on the full screen. */
import { BURST } from '../key-names.ts';
import { DEAF_MS, type ScreenEvent } from '../state.ts';

type TypedEvent = Extract<ScreenEvent, { what: 'key' | 'paste' }>;
/** `rest`: what may go on; `burstUntil`: until then what comes goes on with what was pasted without brackets. */
export type Reading = { rest: string; burstUntil: number };

export const START_READING: Reading = { rest: '', burstUntil: 0 };

const ESCAPE = '\u001b';
const PASTE = ['\u001b[200~', '\u001b[201~'] as const;
const SEQUENCE = /\u001b(?:\[\[.|\[[0-?]*[ -/]*[@-~]|O[0-9;]*[@-~])/y;
const BEGUN = /\u001b(?:\[\[?[0-?]*[ -/]*|O[0-9;]*)?$/y;

const CODES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '3~': 'backspace',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\b': 'backspace',
  '\u007f': 'backspace',
};
/** These are keys wherever they stand: a held one, and the one that ends everything. */
const ALONE = /[\u0003\b\u007f]/;

const nameOf = (character: string): string => {
  const named = CONTROLS[character];
  if (named !== undefined) return named;
  const code = character.charCodeAt(0);
  return code < 0x20 ? `ctrl-${String.fromCharCode(code + 0x60)}` : character;
};

/** Nobody types into a line what is longer, and its end may never come. */
const MOST_PASTED = 65_536;

type Piece = { key: string } | { paste: string; isBurst: boolean };

/** More than a hand types at once was pasted, and so was a line end that is not alone. */
const piecesOf = (text: string, isBurst: boolean): Piece[] => {
  if (text === '') return [];
  if (ALONE.test(text) && text.length === 1) return [{ key: nameOf(text) }];
  if (isBurst || text === '\n') return [{ paste: text, isBurst: true }];
  const characters = [...text];
  if (characters.length === 1) return [{ key: nameOf(text) }];
  if (characters.length > BURST || /\p{Cc}/u.test(text)) return [{ paste: text, isBurst: true }];
  return characters.map((one) => ({ key: nameOf(one) }));
};

/** The first thing in `text`, and what is left; null where it may go on. */
const firstOf = (text: string, isBurst: boolean): { pieces: Piece[]; left: string } | null => {
  const at = text.indexOf(ESCAPE);
  if (at !== 0) {
    const run = at === -1 ? text : text.slice(0, at);
    const pieces = run.split(/(?<=[\u0003\b\u007f])|(?=[\u0003\b\u007f])/);
    return { pieces: pieces.flatMap((one) => piecesOf(one, isBurst)), left: text.slice(run.length) };
  }
  if (text.startsWith(PASTE[0])) {
    const end = text.indexOf(PASTE[1]);
    if (end === -1 && text.length > MOST_PASTED)
      return { pieces: [{ paste: text, isBurst: true }], left: '' };
    if (end === -1) return null;
    const paste = text.slice(PASTE[0].length, end);
    return { pieces: [{ paste, isBurst: false }], left: text.slice(end + PASTE[1].length) };
  }
  SEQUENCE.lastIndex = 0;
  const [sequence] = SEQUENCE.exec(text) ?? [];
  if (sequence !== undefined)
    return { pieces: [{ key: CODES[sequence.slice(2)] ?? 'this key' }], left: text.slice(sequence.length) };
  BEGUN.lastIndex = 0;
  if (BEGUN.test(text)) return null;
  if (text[1] === ESCAPE) return { pieces: [{ key: 'escape' }], left: text.slice(1) };
  const [after = ''] = text.slice(1);
  return { pieces: [{ key: 'this key' }], left: text.slice(1 + after.length) };
};

type Read = { reading: Reading; events: TypedEvent[] };

/** `isLater`: it was there to be read together with what came before. */
export const readKeys = (reading: Reading, chunk: string, isLater: boolean, now: number): Read => {
  const events: TypedEvent[] = [];
  let { burstUntil } = reading;
  let left = reading.rest + chunk;
  while (left !== '') {
    const first = firstOf(left, now < burstUntil);
    if (first === null) break;
    for (const piece of first.pieces) {
      if ('key' in piece) events.push(keyOf(piece.key, isLater || events.length > 0));
      else {
        events.push({ what: 'paste', text: piece.paste });
        if (piece.isBurst) burstUntil = now + DEAF_MS;
      }
    }
    left = first.left;
  }
  return { reading: { rest: left, burstUntil }, events };
};
const keyOf = (key: string, together: boolean): TypedEvent => ({ what: 'key', key, together });

/** True where a key may be waiting for the rest of its bytes, which the escape key does not have. */
export const mayBeEscape = ({ rest }: Reading): boolean =>
  rest !== '' && rest !== PASTE[0].slice(0, -1) && !rest.startsWith(PASTE[0]);

/** Nothing went on with it: it is a key by itself. */
export const restAsKey = (reading: Reading): Read => ({
  reading: { ...reading, rest: '' },
  events: [keyOf(reading.rest === ESCAPE ? 'escape' : 'this key', false)],
});
