/** Layers of NIP-59, and interoperability with nostr-tools in both directions. */
import * as nip59 from 'nostr-tools/nip59';
import { finalizeEvent } from 'nostr-tools/pure';
import { describe, expect, test } from 'vitest';
import { suiteNoble } from '../../adapters/crypto/suite-noble.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { conversationKey, Nip44Error } from '../crypto/nip44.ts';
import { fromHex, toHex } from '../encoding/bytes.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { composeRumor, decryptSeal, decryptWrap, sealRumor, wrapSeal } from './envelope.ts';
import { eventId, isRumorShape, type SignedEvent, signEvent, verifyEvent } from './event.ts';

const fill = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const alice = fill(1);
const bob = fill(2);
const oneTimeKey = fill(3);
const blind = fill(4);

describe.each([suiteNoble, suiteWasm])('envelope, suite $name', (suite) => {
  const [alicePub, bobPub] = [toHex(suite.publicKey(alice)), toHex(suite.publicKey(bob))];
  const message = signEvent(
    suite,
    {
      kind: 24158,
      created_at: 1_700_000_000,
      tags: [
        ['v', 'entangle/1'],
        ['p', bobPub],
      ],
      content: '{"a":"é\\n"}',
    },
    alice,
    fill(5),
  );
  const rumor = composeRumor(suite, message, bobPub);
  const seal = sealRumor(suite, rumor, {
    secretKey: alice,
    recipient: bobPub,
    nonce: fill(6),
    aux: fill(7),
    blind,
    createdAt: 1_699_999_000,
  });
  const wrapOptions = {
    recipient: bobPub,
    oneTimeKey,
    nonce: fill(8),
    aux: fill(9),
    blind,
    createdAt: 1_699_998_000,
    ephemeral: false,
  };
  const wrap = wrapSeal(suite, seal, wrapOptions);

  test('rumor: the signed event to one recipient', () => {
    expect(isRumorShape(rumor)).toBe(true);
    expect(rumor).toMatchObject({
      kind: 24158,
      created_at: 1_700_000_000,
      pubkey: alicePub,
      tags: [['p', bobPub]],
    });
    expect(eventId(suite, rumor)).toBe(rumor.id);
    const inner = parseStrict(rumor.content);
    expect(inner).toEqual(message);
    expect(verifyEvent(suite, inner)).toBe(true);
    expect(Object.isFrozen(rumor.tags[0])).toBe(true);
  });

  test('seal and wrap: kinds, tags, times, authors, signatures', () => {
    expect(seal).toMatchObject({ kind: 13, tags: [], pubkey: alicePub, created_at: 1_699_999_000 });
    expect(wrap).toMatchObject({ kind: 1059, tags: [['p', bobPub]], created_at: 1_699_998_000 });
    expect(wrap.pubkey).toBe(toHex(suite.publicKey(oneTimeKey)));
    expect(verifyEvent(suite, seal) && verifyEvent(suite, wrap)).toBe(true);
    const passing = wrapSeal(suite, seal, { ...wrapOptions, ephemeral: true, expiration: 1_700_000_600 });
    expect(passing).toMatchObject({
      kind: 21059,
      tags: [
        ['p', bobPub],
        ['expiration', '1700000600'],
      ],
    });
  });

  test('opens to the same texts, with a derived and with a kept conversation key', () => {
    const sealText = decryptWrap(suite, wrap, bob, blind);
    expect(JSON.parse(sealText)).toEqual(seal);
    const kept = conversationKey(suite, bob, fromHex(alicePub), fill(11));
    expect(JSON.parse(decryptSeal(suite, seal, bob, { blind }))).toEqual(rumor);
    expect(JSON.parse(decryptSeal(suite, seal, bob, { conversationKey: kept }))).toEqual(rumor);
    const again = sealRumor(suite, rumor, {
      secretKey: alice,
      recipient: bobPub,
      nonce: fill(6),
      aux: fill(7),
      conversationKey: kept,
      createdAt: 1_699_999_000,
    });
    expect(again).toEqual(seal);
  });

  test('nobody else opens it', () => {
    expect(() => decryptWrap(suite, wrap, alice, blind)).toThrow(Nip44Error);
    expect(() => decryptSeal(suite, seal, oneTimeKey, { blind })).toThrow(Nip44Error);
  });

  test('nobody seals the rumor of somebody else', () => {
    const options = {
      secretKey: bob,
      recipient: alicePub,
      nonce: fill(6),
      aux: fill(7),
      blind,
      createdAt: 1,
    };
    expect(() => sealRumor(suite, rumor, options)).toThrow('sealed by its own author');
  });

  test('a wrap whose pubkey is no point is refused as invalid', () => {
    const off = { ...wrap, pubkey: 'eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34' };
    expect(() => decryptWrap(suite, off, bob, blind)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  test('nostr-tools opens our wrap', () => {
    expect(nip59.unwrapEvent({ ...wrap }, bob)).toEqual(rumor);
  });

  test('we open the wrap of nostr-tools', () => {
    const theirs = nip59.wrapEvent(
      { kind: 24158, content: 'hello é', tags: [['p', bobPub]], created_at: 5 },
      alice,
      bobPub,
    );
    expect(verifyEvent(suite, theirs)).toBe(true);
    const theirSeal = parseStrict(decryptWrap(suite, theirs, bob, blind)) as SignedEvent;
    expect(verifyEvent(suite, theirSeal)).toBe(true);
    const theirRumor = parseStrict(decryptSeal(suite, theirSeal, bob, { blind }));
    expect(isRumorShape(theirRumor) && eventId(suite, theirRumor) === theirRumor.id).toBe(true);
    expect(theirRumor).toMatchObject({ kind: 24158, content: 'hello é', pubkey: alicePub });
  });

  test('layers mix: their rumor and seal in our wrap, our rumor in their seal and wrap', () => {
    const theirRumor = nip59.createRumor({ kind: 24158, content: 'x', tags: [], created_at: 7 }, alice);
    const theirSeal = nip59.createSeal(theirRumor, alice, bobPub);
    expect(nip59.unwrapEvent({ ...wrapSeal(suite, theirSeal as SignedEvent, wrapOptions) }, bob)).toEqual(
      theirRumor,
    );
    const mixed = nip59.createWrap(nip59.createSeal({ ...rumor }, alice, bobPub), bobPub);
    const opened = JSON.parse(decryptWrap(suite, mixed, bob, blind)) as SignedEvent;
    expect(JSON.parse(decryptSeal(suite, opened, bob, { blind }))).toEqual(rumor);
    const signedByThem = finalizeEvent({ kind: 1, created_at: 1, tags: [], content: 'signed' }, alice);
    expect(parseStrict(composeRumor(suite, signedByThem as SignedEvent, bobPub).content)).toEqual(
      JSON.parse(JSON.stringify(signedByThem)),
    );
  });
});
