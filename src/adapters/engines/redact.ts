/** What an engine says, without the values of its secrets: each exact value is its name instead. */
import type { NamedBytes } from '../../ports/index.ts';

type Needle = { value: Buffer; name: Buffer };

/** A file of one line is printed without its end as often as with it. */
const withoutNewlines = (bytes: Uint8Array): Buffer => {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  return Buffer.from(bytes.subarray(0, end));
};

/** Longest first: one value may begin with another. */
const needlesOf = (secrets: readonly NamedBytes[]): Needle[] =>
  secrets
    .map(({ name, bytes }) => ({ value: withoutNewlines(bytes), name: Buffer.from(`[secret ${name}]`) }))
    .filter(({ value }) => value.length > 0)
    .sort((a, b) => b.value.length - a.value.length);

/** How much of the end may be the beginning of a value. */
const openEnd = (bytes: Buffer, { value }: Needle): number => {
  for (let at = Math.max(0, bytes.length - value.length + 1); at < bytes.length; at++) {
    const next = bytes.indexOf(value[0]!, at);
    if (next < 0) return 0;
    at = next;
    if (bytes.subarray(at).equals(value.subarray(0, bytes.length - at))) return bytes.length - at;
  }
  return 0;
};

/** Bytes as they come: what may be the beginning of a value is held back until it is known. */
export class Redaction {
  readonly #needles: readonly Needle[];
  #held: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly NamedBytes[]) {
    this.#needles = needlesOf(secrets);
  }

  push(bytes: Uint8Array): Uint8Array {
    if (this.#needles.length === 0) return bytes;
    const all = this.#replaced(Buffer.concat([this.#held, bytes]));
    const open = Math.max(...this.#needles.map((needle) => openEnd(all, needle)));
    this.#held = all.subarray(all.length - open);
    return all.subarray(0, all.length - open);
  }

  /** The rest, when nothing comes any more. */
  end(): Uint8Array {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }

  /** From left to right, so that a name that was put in is not looked into. */
  #replaced(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    let from = 0;
    for (;;) {
      const found = this.#needles
        .map((needle) => ({ needle, at: bytes.indexOf(needle.value, from) }))
        .filter(({ at }) => at >= 0)
        .sort((a, b) => a.at - b.at)[0];
      if (!found) break;
      parts.push(bytes.subarray(from, found.at), found.needle.name);
      from = found.at + found.needle.value.length;
    }
    return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(from)]);
  }
}
