/** The one door, with every check, on a message of 1 KiB: against nostr-tools' unwrap and its verification of the event inside. */
import { randomBytes } from 'node:crypto';
import * as nip59 from 'nostr-tools/nip59';
import { getEventHash, verifyEvent } from 'nostr-tools/pure';
import { atLeast, type Measure } from '../scripts/bench/measure.ts';
import { suiteWasm as suite } from '../src/adapters/crypto/suite-wasm.ts';
import { ConversationKeys } from '../src/core/crypto/conversation-keys.ts';
import { conversationKey } from '../src/core/crypto/nip44.ts';
import { fromHex } from '../src/core/encoding/bytes.ts';
import { open } from '../src/core/protocol/open.ts';
import { createWorld, uuidOf } from '../test/support/world.ts';

const world = createWorld(suite, 'bench');
const me = world.actors.node;
const text = world.deliver({
  type: 'task.request',
  from: 'user',
  to: 'node',
  body: {
    session: uuidOf(1),
    attempt: 1,
    task: 'a'.repeat(1_024),
    budget: { hops: 8, turns: 5, path: ['user'] },
  },
});
const pairs = new ConversationKeys();
const door = world.door('node', {
  conversationKey: (own, peer) =>
    pairs.get(own, peer, () => conversationKey(suite, me.secretKey, fromHex(peer), randomBytes(32))),
  random: (n) => randomBytes(n),
});

const ours = (): unknown => open(text, door);

/** What that library has for it; sizes, duplicate keys, tags, times, versions and schemas go unchecked. */
function theirs(): void {
  const wrap = JSON.parse(text) as Parameters<typeof nip59.unwrapEvent>[0];
  if (!verifyEvent(wrap)) throw new Error('wrap');
  const rumor = nip59.unwrapEvent(wrap, me.secretKey);
  if (getEventHash(rumor) !== rumor.id) throw new Error('rumor');
  if (!verifyEvent(JSON.parse(rumor.content))) throw new Error('event');
}

/** Milliseconds of processor time for one call. */
function measure(work: () => unknown, calls: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1_000 / calls;
}

/** The best of several rounds: other processes only ever add. */
export function run(rounds = 5): Measure {
  measure(ours, 50);
  measure(theirs, 10);
  const best = { ours: Number.POSITIVE_INFINITY, theirs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < rounds; i++) {
    best.ours = Math.min(best.ours, measure(ours, 100));
    best.theirs = Math.min(best.theirs, measure(theirs, 20));
  }
  const name = 'open() of 1 KiB with every check, how many times faster than nostr-tools';
  return { name, ...best, ratio: best.theirs / best.ours, unit: 'ms', goal: atLeast(10) };
}
