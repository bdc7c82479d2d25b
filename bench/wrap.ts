/** Wrap and fully verified open of 1 KiB messages: this project against nostr-tools, in one process, turn by turn. */
import { randomBytes } from 'node:crypto';
import * as nip59 from 'nostr-tools/nip59';
import { getEventHash, verifyEvent as nostrVerify } from 'nostr-tools/pure';
import { atLeast, type Measure } from '../scripts/bench/measure.ts';
import { suiteWasm as suite } from '../src/adapters/crypto/suite-wasm.ts';
import { ConversationKeys } from '../src/core/crypto/conversation-keys.ts';
import { conversationKey } from '../src/core/crypto/nip44.ts';
import { fromHex, toHex } from '../src/core/encoding/bytes.ts';
import { parseStrict } from '../src/core/encoding/strict-json.ts';
import { decryptSeal, decryptWrap, sealRumor, wrapSeal } from '../src/core/nostr/envelope.ts';
import { eventId, isRumorShape, isSignedEventShape, verifyEvent } from '../src/core/nostr/event.ts';

const alice = randomBytes(32);
const bob = randomBytes(32);
const alicePub = toHex(suite.publicKey(alice));
const bobPub = toHex(suite.publicKey(bob));
const content = 'a'.repeat(1_024);
const created_at = 1_700_000_000;
const keys = new ConversationKeys();
const keyOf = (own: string, secretKey: Uint8Array, peer: string): Uint8Array =>
  keys.get(own, peer, () => conversationKey(suite, secretKey, fromHex(peer), randomBytes(32)));

function ours(): void {
  const unsigned = { pubkey: alicePub, created_at, kind: 24158, tags: [['p', bobPub]], content };
  const rumor = { id: eventId(suite, unsigned), ...unsigned };
  const seal = sealRumor(suite, rumor, {
    secretKey: alice,
    recipient: bobPub,
    conversationKey: keyOf(alicePub, alice, bobPub),
    nonce: randomBytes(32),
    aux: randomBytes(32),
    createdAt: created_at,
  });
  const text = JSON.stringify(
    wrapSeal(suite, seal, {
      recipient: bobPub,
      oneTimeKey: randomBytes(32),
      nonce: randomBytes(32),
      aux: randomBytes(32),
      blind: randomBytes(32),
      createdAt: created_at,
      ephemeral: false,
    }),
  );

  const wrap = parseStrict(text);
  if (!isSignedEventShape(wrap) || !verifyEvent(suite, wrap)) throw new Error('wrap');
  const inner = parseStrict(decryptWrap(suite, wrap, bob, randomBytes(32)));
  if (!isSignedEventShape(inner) || !verifyEvent(suite, inner)) throw new Error('seal');
  const key = { conversationKey: keyOf(bobPub, bob, inner.pubkey) };
  const opened = parseStrict(decryptSeal(suite, inner, bob, key));
  if (!isRumorShape(opened) || opened.pubkey !== inner.pubkey || eventId(suite, opened) !== opened.id) {
    throw new Error('rumor');
  }
}

/** The same checks with that library's own functions; `unwrapEvent` leaves out the wrap and the rumor's id. */
function theirs(): void {
  const event = { created_at, kind: 24158, tags: [['p', bobPub]], content };
  const text = JSON.stringify(nip59.wrapEvent(event, alice, bobPub));

  const wrap = JSON.parse(text) as Parameters<typeof nip59.unwrapEvent>[0];
  if (!nostrVerify(wrap)) throw new Error('wrap');
  const rumor = nip59.unwrapEvent(wrap, bob);
  if (getEventHash(rumor) !== rumor.id) throw new Error('rumor');
}

/** Milliseconds of processor time for one call, the best of several rounds: other processes only ever add. */
function measure(work: () => void, calls: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1_000 / calls;
}

/** Milliseconds per message, ours and theirs, and how many times ours is faster. */
export function run(rounds = 5): Measure {
  measure(ours, 50);
  measure(theirs, 10);
  let best = { ours: Number.POSITIVE_INFINITY, theirs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < rounds; i++) {
    best = {
      ours: Math.min(best.ours, measure(ours, 100)),
      theirs: Math.min(best.theirs, measure(theirs, 20)),
    };
  }
  const name = 'wrap and open 1 KiB, how many times faster than nostr-tools';
  return { name, ...best, ratio: best.theirs / best.ours, unit: 'ms', goal: atLeast(14) };
}
