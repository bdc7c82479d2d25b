/** Writing a message of 1 KiB, sealed and wrapped: this project against nostr-tools and rust-nostr, in one process, turn by turn. */
import { randomBytes } from 'node:crypto';
import { atLeast, type Measure } from '../scripts/bench/measure.ts';
import { suiteWasm as suite } from '../src/adapters/crypto/suite-wasm.ts';
import { ConversationKeys } from '../src/core/crypto/conversation-keys.ts';
import { conversationKey } from '../src/core/crypto/nip44.ts';
import { fromHex, toHex } from '../src/core/encoding/bytes.ts';
import { sealRumor, wrapSeal } from '../src/core/nostr/envelope.ts';
import { eventId } from '../src/core/nostr/event.ts';
import { against, nostrTools, rustNostr } from './peers/message.ts';

const [alice, bob] = [randomBytes(32), randomBytes(32)];
const sender = toHex(suite.publicKey(alice));
const recipient = toHex(suite.publicKey(bob));
const content = 'a'.repeat(1_024);
const created_at = 1_700_000_000;
const keys = new ConversationKeys();

function ours(): string {
  const unsigned = { pubkey: sender, created_at, kind: 24158, tags: [['p', recipient]], content };
  const rumor = { id: eventId(suite, unsigned), ...unsigned };
  const seal = sealRumor(suite, rumor, {
    secretKey: alice,
    recipient,
    conversationKey: keys.get(sender, recipient, () =>
      conversationKey(suite, alice, fromHex(recipient), randomBytes(32)),
    ),
    nonce: randomBytes(32),
    aux: randomBytes(32),
    createdAt: created_at,
  });
  const wrap = wrapSeal(suite, seal, {
    recipient,
    oneTimeKey: randomBytes(32),
    nonce: randomBytes(32),
    aux: randomBytes(32),
    blind: randomBytes(32),
    createdAt: created_at,
    ephemeral: false,
  });
  return JSON.stringify(wrap);
}

/** Milliseconds per message, ours and theirs, and how many times ours is faster. */
export async function run(rounds = 5): Promise<Measure[]> {
  const message = { from: alice, to: bob, sender, recipient, content, created_at };
  const peers = [nostrTools(message), rustNostr(message)];
  // Each opens what we wrote, or the figures would be of something else.
  for (const peer of peers) await peer.open(ours());
  const [mine, ...theirs] = await against([ours, ...peers.map(({ wrap }) => wrap)], rounds);
  return peers.map(({ name }, i) => ({
    name: `wrap of 1 KiB, how many times faster than ${name}`,
    ours: mine!,
    theirs: theirs[i]!,
    ratio: theirs[i]! / mine!,
    unit: 'ms',
    goal: atLeast(name === 'nostr-tools' ? 14 : 1.5),
  }));
}
