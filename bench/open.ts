/** The one door, with every check, on a message of 1 KiB: against what nostr-tools and rust-nostr have for it and for the event inside. */
import { randomBytes } from 'node:crypto';
import { atLeast, type Measure } from '../scripts/bench/measure.ts';
import { suiteWasm as suite } from '../src/adapters/crypto/suite-wasm.ts';
import { ConversationKeys } from '../src/core/crypto/conversation-keys.ts';
import { conversationKey } from '../src/core/crypto/nip44.ts';
import { fromHex } from '../src/core/encoding/bytes.ts';
import { open } from '../src/core/protocol/open.ts';
import { createWorld, uuidOf } from '../test/support/world.ts';
import { against, nostrTools, rustNostr } from './peers/message.ts';

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

/** Milliseconds per message, ours and theirs, and how many times ours is faster. */
export async function run(rounds = 5): Promise<Measure[]> {
  const { secretKey, pubkey } = me;
  const message = {
    from: secretKey,
    to: secretKey,
    sender: pubkey,
    recipient: pubkey,
    content: '',
    created_at: 0,
  };
  const peers = [nostrTools(message), rustNostr(message)];
  const works = [() => open(text, door), ...peers.map((peer) => () => peer.open(text))];
  const [mine, ...theirs] = await against(works, rounds);
  return peers.map(({ name }, i) => ({
    name: `open() of 1 KiB with every check, how many times faster than ${name}`,
    ours: mine!,
    theirs: theirs[i]!,
    ratio: theirs[i]! / mine!,
    unit: 'ms',
    goal: atLeast(name === 'nostr-tools' ? 10 : 1.25),
  }));
}
