/** One seal on its way: the wraps it is given to relays in, how old they may be, and what the relays said. */

import type { InTurn } from '../../core/in-slices.ts';
import { wrapSeal } from '../../core/nostr/envelope.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { isAboutTime } from '../../core/nostr/relay-words.ts';
import type { PublishOutcome, RelaySession } from '../../ports/index.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';
import { pastSeconds } from './send.ts';

/** Backdated, as NIP-59 wants it; or of now, where a relay takes nothing else. */
type Stamp = 'past' | 'now';
type Wrapped = { wrap: SignedEvent; at: number };
export type Wraps = { [stamp in Stamp]?: Wrapped };

/** `author` signs the wraps instead of a key that nobody knows. */
export type Sealed = { seal: () => Promise<SignedEvent>; to: string; author: Uint8Array | null };

export type Delivery = {
  /** Gives the seal to every relay; makes a wrap where there is none younger than so many milliseconds. */
  give(wraps: Wraps, what: Sealed, maxAgeMs: number): Promise<PublishOutcome[]>;
  /** Gives it once, not to be kept. */
  pass(seal: SignedEvent, to: string): Promise<PublishOutcome[]>;
};

export const createDelivery = (home: Home, relay: () => RelaySession, take: InTurn): Delivery => {
  /** Relays that refused a backdated wrap for its time. */
  const onlyNow = new Set<string>();
  const wrapOf = async (
    wraps: Wraps,
    stamp: Stamp,
    { seal, to, author }: Sealed,
    maxAgeMs: number,
  ): Promise<SignedEvent> => {
    const now = home.clock.monotonic();
    const known = wraps[stamp];
    if (known && now - known.at <= maxAgeMs) return known.wrap;
    const createdAt = stamp === 'now' ? nowSeconds(home) : pastSeconds(home);
    const sealed = await seal();
    const wrap = await take(() => wrapFor(home, sealed, to, { createdAt, ...(author && { author }) }));
    wraps[stamp] = { wrap, at: now };
    return wrap;
  };
  return {
    async give(wraps, what, maxAgeMs) {
      const giveTo = async (stamp: Stamp, urls: readonly string[]): Promise<PublishOutcome[]> =>
        urls.length === 0 ? [] : relay().publish(await wrapOf(wraps, stamp, what, maxAgeMs), urls);
      const past = home.relays.filter((url) => !onlyNow.has(url));
      const now = home.relays.filter((url) => onlyNow.has(url));
      const outcomes = (await Promise.all([giveTo('past', past), giveTo('now', now)])).flat();
      const refusals = outcomes.filter((one) => one.result === 'refused' && isAboutTime(one.detail ?? ''));
      const late = refusals.map(({ url }) => url).filter((url) => past.includes(url));
      for (const url of late) onlyNow.add(url);
      const again = await giveTo('now', late);
      return [...outcomes.filter(({ url }) => !late.includes(url)), ...again];
    },
    async pass(seal, to) {
      const options = { createdAt: nowSeconds(home), ephemeral: true };
      return relay().publish(await take(() => wrapFor(home, seal, to, options)));
    },
  };
};

const wrapFor = (
  home: Home,
  seal: SignedEvent,
  recipient: string,
  options: { createdAt: number; ephemeral?: boolean; author?: Uint8Array },
): SignedEvent =>
  wrapSeal(home.suite, seal, {
    recipient,
    oneTimeKey: options.author ?? home.random.bytes(32),
    nonce: home.random.bytes(32),
    aux: home.random.bytes(32),
    blind: home.random.bytes(32),
    createdAt: options.createdAt,
    ephemeral: options.ephemeral ?? false,
  });
