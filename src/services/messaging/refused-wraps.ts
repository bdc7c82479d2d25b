/**
 * Wraps that were refused. Refused for good they leave the mailbox, and are known again by their id. What news may make
 * welcome stays there, in bounds: its sender may be gone when the news is here. Of keys that nobody knows it is also kept
 * in memory, because a relay gives a wrap once; the routes that name a new peer may come after its first message.
 */
import type { GenuineWrap } from '../../core/protocol/open.ts';
import { isFinal } from '../../core/protocol/refusals.ts';
import type { Home } from './home.ts';
import { rememberWrap } from './remembered-wraps.ts';

/** Every command reads again what stays. `ofOne` claimed signer, so that one stranger does not push out all the others. */
const OF_STRANGERS = { ofOne: 16, all: 128, bytes: 2 * 1024 ** 2 };
const OF_KNOWN = { ofOne: 16, all: 1_024, bytes: 16 * 1024 ** 2 };
/** Refused wraps that are known again; what comes beyond that is opened again where a relay does not delete it. */
const MAX_REMEMBERED = 5_000;

export type RefusedWraps = {
  note(reason: string, wrap: GenuineWrap, text: string): void;
  /** It was accepted after all. */
  forget(id: string): void;
  /** Takes out the texts whose claimed signers are known by now. */
  takeKnown(): string[];
};

/** `gone`: nobody needs this wrap. What is pushed out for want of room comes again from its sender. */
export const createRefusedWraps = (
  home: Home,
  isKnown: (signer: string, me: string) => boolean,
  gone: (me: string, id: string) => void,
): RefusedWraps => {
  const strangers = new Waiting(OF_STRANGERS);
  const known = new Waiting(OF_KNOWN);
  const end = ({ me, id }: GenuineWrap): void => {
    rememberWrap(home, 'refused', id, MAX_REMEMBERED);
    gone(me, id);
  };
  return {
    note(reason, wrap, text) {
      const { id, me, signer } = wrap;
      strangers.drop(id);
      known.drop(id);
      if (signer === null || isFinal(reason)) return end(wrap);
      const one = { id, me, signer, bytes: text.length };
      const out = isKnown(signer, me) ? known.keep({ ...one, text: '' }) : strangers.keep({ ...one, text });
      for (const gone of out) end(gone);
    },
    forget: (id) => known.drop(id),
    takeKnown() {
      const welcome = strangers.all.filter(({ signer, me }) => isKnown(signer, me));
      for (const { id } of welcome) strangers.drop(id);
      return welcome.map(({ text }) => text);
    },
  };
};

/** `text` of those that may be given back, else empty. */
type Kept = { id: string; me: string; signer: string; bytes: number; text: string };

/** Oldest first. */
class Waiting {
  readonly #limits: typeof OF_STRANGERS;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: typeof OF_STRANGERS) {
    this.#limits = limits;
  }

  get all(): Kept[] {
    return [...this.#kept.values()];
  }
  drop(id: string): void {
    this.#bytes -= this.#kept.get(id)?.bytes ?? 0;
    this.#kept.delete(id);
  }
  /** Those that had to go for it. */
  keep(one: Kept): Kept[] {
    this.#kept.set(one.id, one);
    this.#bytes += one.bytes;
    const { ofOne, all, bytes } = this.#limits;
    const same = this.all.filter(({ signer }) => signer === one.signer);
    const out = same.slice(0, Math.max(0, same.length - ofOne));
    for (const { id } of out) this.drop(id);
    for (const oldest of this.all) {
      if (this.#kept.size <= all && this.#bytes <= bytes) break;
      this.drop(oldest.id);
      out.push(oldest);
    }
    return out;
  }
}
