/** Gift wraps by other libraries: what each gives for writing a message and for opening it with all the checks that it has. */
import {
  EventBuilder,
  Keys,
  loadWasmSync,
  NostrSigner,
  PublicKey,
  Event as RustEvent,
  UnsignedEvent,
  UnwrappedGift,
} from '@rust-nostr/nostr-sdk';
import * as nip59 from 'nostr-tools/nip59';
import { getEventHash, verifyEvent } from 'nostr-tools/pure';
import { toHex } from '../../src/core/encoding/bytes.ts';

export type Peer = {
  readonly name: string;
  /** The text of the wrap. */
  wrap(): Promise<string>;
  /** Throws for what it finds wrong; `inside`: the rumor's content is a signed event too. */
  open(wrap: string): Promise<void>;
};
export type Message = {
  from: Uint8Array;
  to: Uint8Array;
  recipient: string;
  sender: string;
  content: string;
  created_at: number;
};

/** Sizes, duplicate keys, tags, times, versions and schemas go unchecked by both. */
export const nostrTools = ({ from, to, recipient, content, created_at }: Message): Peer => ({
  name: 'nostr-tools',
  wrap: async () =>
    JSON.stringify(
      nip59.wrapEvent({ created_at, kind: 24158, tags: [['p', recipient]], content }, from, recipient),
    ),
  open: async (text) => {
    const wrap = JSON.parse(text) as Parameters<typeof nip59.unwrapEvent>[0];
    if (!verifyEvent(wrap)) throw new Error('wrap');
    const rumor = nip59.unwrapEvent(wrap, to);
    if (getEventHash(rumor) !== rumor.id) throw new Error('rumor');
    if (rumor.content.startsWith('{') && !verifyEvent(JSON.parse(rumor.content))) throw new Error('event');
  },
});

export const rustNostr = ({ from, to, recipient, sender, content, created_at }: Message): Peer => {
  loadWasmSync();
  const signer = (secretKey: Uint8Array) => NostrSigner.keys(Keys.parse(toHex(secretKey)));
  const [alice, bob] = [signer(from), signer(to)];
  const rumor = JSON.stringify({
    pubkey: sender,
    created_at,
    kind: 24158,
    tags: [['p', recipient]],
    content,
  });
  return {
    name: 'rust-nostr',
    wrap: async () => {
      const wrap = await EventBuilder.giftWrap(
        alice,
        PublicKey.parse(recipient),
        UnsignedEvent.fromJson(rumor),
      );
      return wrap.asJson();
    },
    open: async (text) => {
      const wrap = RustEvent.fromJson(text);
      if (!wrap.verify()) throw new Error('wrap');
      const { rumor } = await UnwrappedGift.fromGiftWrap(bob, wrap);
      if (rumor.content.startsWith('{') && !RustEvent.fromJson(rumor.content).verify())
        throw new Error('event');
    },
  };
};

/** Milliseconds of processor time for one call. */
const measured = async (work: () => unknown, calls: number): Promise<number> => {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) await work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1_000 / calls;
};

const SLOWER = 5;

/** Of each the best of several rounds, turn by turn: other processes only ever add. */
export const against = async (works: readonly (() => unknown)[], rounds: number): Promise<number[]> => {
  const best = works.map(() => Number.POSITIVE_INFINITY);
  for (const work of works) await measured(work, 50);
  for (let round = 0; round < rounds; round++)
    for (const [i, work] of works.entries())
      best[i] = Math.min(best[i]!, await measured(work, i === 0 ? 100 : 100 / SLOWER));
  return best;
};
