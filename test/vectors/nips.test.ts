/** Worked examples printed in NIP-19 and NIP-59. */
import { describe, expect, test } from 'vitest';
import { suiteNoble } from '../../src/adapters/crypto/suite-noble.ts';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fromHex, toHex } from '../../src/core/encoding/bytes.ts';
import { npub, parsePubkey } from '../../src/core/encoding/id.ts';
import { parseStrict } from '../../src/core/encoding/strict-json.ts';
import { decryptSeal, decryptWrap } from '../../src/core/nostr/envelope.ts';
import {
  eventId,
  isRumorShape,
  type Rumor,
  type SignedEvent,
  verifyEvent,
} from '../../src/core/nostr/event.ts';
import { readVectors } from './vectors.ts';

type Examples = {
  nip19_examples: unknown;
  nip59_example: {
    keys: Record<'author' | 'recipient' | 'ephemeral', string>;
    rumor: Rumor;
    seal: SignedEvent;
    wrap: SignedEvent;
  };
};

const text = readVectors('nips.json');
const examples = text === undefined ? undefined : (JSON.parse(text) as Examples);
/** A suite that is passed over is still looked through for its tests. */
const NONE = { nip59_example: {} } as Examples;
const blind = new Uint8Array(32).fill(9);

describe.runIf(examples).each([suiteNoble, suiteWasm])('NIP-59 example, suite $name', (suite) => {
  const { keys, rumor, seal, wrap } = (examples ?? NONE).nip59_example;

  test('keys, ids and signatures fit', () => {
    expect(toHex(suite.publicKey(fromHex(keys.author)))).toBe(rumor.pubkey);
    expect(isRumorShape(rumor)).toBe(true);
    expect(eventId(suite, rumor)).toBe(rumor.id);
    expect(verifyEvent(suite, seal)).toBe(true);
    expect(verifyEvent(suite, wrap)).toBe(true);
  });

  test('the wrap opens to the seal, the seal to the rumor', () => {
    const recipient = fromHex(keys.recipient);
    expect(parseStrict(decryptWrap(suite, wrap, recipient, blind))).toEqual(seal);
    expect(parseStrict(decryptSeal(suite, seal, recipient, { blind }))).toEqual(rumor);
  });
});

test.runIf(examples)('NIP-19 public keys', () => {
  const found = JSON.stringify((examples as Examples).nip19_examples).match(/npub1[a-z0-9]{58}/g) ?? [];
  expect(found.length).toBeGreaterThan(0);
  for (const key of found) expect(npub(parsePubkey(key))).toBe(key);
});
