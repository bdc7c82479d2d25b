/** Events of YAML to a plain value, with the offsets of its parts; each part that is not read is told, and is nothing. */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { plainValue } from '../../encoding/yaml.ts';

export const MAX_NESTING = 32;
export const TOO_DEEP = `nested deeper than ${MAX_NESTING} levels`;

/** As YAML has it for a key that stands before its value on one line. */
const MAX_KEY = 1024;
/** Of what lies deeper the place of what is around it is told: each value has a path, and a long key would be in many. */
const MAX_PATH = 1024;

const KEYS_REFUSED = new Set(['__proto__', 'prototype']);
const NO_ALIAS = 'aliases are not read: write the value out';
const noTag = (tag: string): string => `tags such as ${tag.slice(0, 64)} are not read`;
const isText = (name: unknown): name is string => typeof name === 'string' && name.isWellFormed();
const joined = (path: string, key: string | number): string => {
  const whole = path === '' ? `${key}` : `${path}.${key}`;
  return whole.length <= MAX_PATH ? whole : path;
};

/** Of a value that was left out. */
export const isNothing = (event: Event | undefined): boolean =>
  event === undefined || (event.type === EVENT_ID.SCALAR && event.valueStart < 0 && event.tagStart < 0);

/** Where its text begins, as exactly as the parser says; what was left out has no place. */
export const offsetOf = (event: Event, otherwise: number): number => {
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
  if (event.type !== EVENT_ID.SCALAR || event.valueStart < 0) return otherwise;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return isQuoted ? event.valueStart - 1 : event.valueStart;
};

type Scalar = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;
/** Its text begins on a line of its own, below its key. */
const isBlock = ({ style }: Scalar): boolean =>
  style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
type Add = (
  code: 'alias' | 'tag' | 'key' | 'duplicate_key' | 'too_deep' | 'not_text' | 'wrong_value',
  path: string,
  offset: number,
  message: string,
) => void;

const DASH = /^[ \t]*-(?=\s|$)/gm;

/** Tags that say what a value is anyway. */
const TAG_OF: Readonly<Record<number, string>> = {
  [EVENT_ID.SCALAR]: 'str',
  [EVENT_ID.MAPPING]: 'map',
  [EVENT_ID.SEQUENCE]: 'seq',
};

export class Walk {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #offsets: Map<string, number>;
  readonly #add: Add;
  /** A document may give `!!` another meaning. */
  readonly #hasTags: boolean;
  #at = 1;
  /** Up to where the text was read, as far as values say. */
  #read = 0;

  /** Writes into `offsets` where the value at each path begins, and each key as `PATH:key`. */
  constructor(text: string, events: readonly Event[], offsets: Map<string, number>, add: Add) {
    this.#text = text;
    this.#events = events;
    this.#offsets = offsets;
    this.#add = add;
    const [document] = events;
    this.#hasTags =
      document?.type === EVENT_ID.DOCUMENT && document.directives.every((one) => one.kind !== 'tag');
  }

  /** The next value; `around` is the offset of what it stands in. */
  value(path: string, depth: number, around: number): unknown {
    const event = this.#events[this.#at]!;
    const offset = offsetOf(event, around);
    const refused = this.#refusal(event) ?? (depth > MAX_NESTING ? (['too_deep', TOO_DEEP] as const) : null);
    if (refused) {
      this.#add(refused[0], path, offset, refused[1]);
      this.#skip();
      return null;
    }
    this.#at++;
    this.#read = Math.max(this.#read, offset + 1, event.type === EVENT_ID.SCALAR ? event.valueEnd : 0);
    if (event.type === EVENT_ID.MAPPING) return this.#map(path, depth);
    if (event.type === EVENT_ID.SEQUENCE) return this.#list(path, depth, offset);
    return this.#scalar(event as Scalar, path, offset);
  }

  #map(path: string, depth: number): unknown {
    // Without a prototype, so that no key finds anything that the file did not write.
    const object: Record<string, unknown> = Object.create(null);
    while (this.#isInside()) this.#pair(object, path, depth);
    return object;
  }

  #list(path: string, depth: number, around: number): unknown[] {
    const items: unknown[] = [];
    while (this.#isInside()) {
      const below = joined(path, items.length);
      const next = this.#events[this.#at]!;
      const place = items.length > 0 && isNothing(next) ? this.#dash(around) : around;
      this.#note(below, offsetOf(next, place));
      items.push(this.value(below, depth + 1, place));
    }
    return items;
  }

  /** Where an item that was left out stands, below what was read before: at its dash. */
  #dash(otherwise: number): number {
    DASH.lastIndex = this.#read;
    const found = DASH.exec(this.#text);
    if (found === null) return otherwise;
    this.#read = DASH.lastIndex;
    return this.#read - 1;
  }

  /** Whether something follows in the map or list; its end is taken. */
  #isInside(): boolean {
    const isEnd = this.#events[this.#at]!.type === EVENT_ID.POP;
    if (isEnd) this.#at++;
    return !isEnd;
  }

  #pair(into: Record<string, unknown>, path: string, depth: number): void {
    const key = this.#events[this.#at]!;
    const offset = offsetOf(key, 0);
    const tag = this.#refusal(key);
    const name = key.type === EVENT_ID.SCALAR ? this.#plain(key) : undefined;
    const below = joined(path, isText(name) ? name : '?');
    this.#skip();
    const refused = tag ?? keyProblem(name, into);
    if (refused) {
      this.#add(refused[0], below, offset, refused[1]);
      this.#skip();
      return;
    }
    const child = this.#events[this.#at]!;
    this.#note(below, child.type === EVENT_ID.SCALAR && !isBlock(child) ? offsetOf(child, offset) : offset);
    this.#note(`${below}:key`, offset);
    into[name as string] = this.value(below, depth + 1, offset);
  }

  /** The first one stays: what is too deep for a path of its own has that of what is around it. */
  #note(path: string, offset: number): void {
    if (!this.#offsets.has(path)) this.#offsets.set(path, offset);
  }

  #scalar(event: Scalar, path: string, offset: number): unknown {
    const value = this.#plain(event);
    if (typeof value === 'string' && !value.isWellFormed())
      this.#add('not_text', path, offset, 'holds half a character (a lone surrogate)');
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    this.#add('wrong_value', path, offset, 'is not a number that can be represented exactly');
    return null;
  }

  #plain(event: Scalar): unknown {
    const text = getScalarValue(this.#text, event);
    return event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0 ? plainValue(text) : text;
  }

  #refusal(event: Event): readonly ['alias' | 'tag', string] | null {
    if (event.type === EVENT_ID.ALIAS) return ['alias', NO_ALIAS];
    if (!('tagStart' in event) || event.tagStart < 0) return null;
    const tag = this.#text.slice(event.tagStart, event.tagEnd);
    const own = TAG_OF[event.type]!;
    const isOwn = (this.#hasTags && tag === `!!${own}`) || tag === `!<tag:yaml.org,2002:${own}>`;
    return isOwn ? null : ['tag', noTag(tag)];
  }

  /** Passes the next value, whatever is in it. */
  #skip(): void {
    let depth = 0;
    do {
      const { type } = this.#events[this.#at++]!;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
      if (type === EVENT_ID.POP) depth--;
    } while (depth > 0);
  }
}

const keyProblem = (
  name: unknown,
  into: Record<string, unknown>,
): readonly ['key' | 'duplicate_key', string] | null => {
  // YAML reads `1:` and `null:` as a number and nothing, and "\ud800" as half a character; only text is a key.
  if (!isText(name)) return ['key', 'keys must be plain text'];
  if (name.length > MAX_KEY) return ['key', `keys have at most ${MAX_KEY} characters`];
  if (KEYS_REFUSED.has(name)) return ['key', `\`${name}\` is not allowed as a key`];
  return Object.hasOwn(into, name) ? ['duplicate_key', `\`${name.slice(0, 64)}\` is written twice`] : null;
};
