/** Whom a relay takes for its owner when keys follow each other: each rule has the one word that only it refuses. */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/sim/dice.ts';
import { idealSuite as suite } from '../../../test/support/ideal-suite.ts';
import { type Keys, makeKeys, makeWrap, nowSeconds } from '../../../test/support/relay-kit.ts';
import { relayUnderTest } from '../../../test/support/relay-server-kit.ts';
import { type Chain, succeed } from '../../core/authority/succession.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { MEMBERS_KIND, membersName, RECOVERY_TAG, SUCCESSION_NAME } from '../../core/nostr/members.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';
import { Owner } from './owner.ts';

const random = seededRandom('owner');
const pubkeyOf = (key: Uint8Array): string => toHex(suite.publicKey(key));
const [founder, one, two] = [random(32), random(32), random(32)];
const [thief, recovery] = [random(32), random(32)];
const FOUNDER = pubkeyOf(founder);
const GRAPH = `${FOUNDER}/acme`;
const after = (chain: Chain, by: Uint8Array, to: Uint8Array, isRecovery = false): Chain =>
  succeed(suite, GRAPH, chain, { by, isRecovery, to, epoch: 3, at: 9 }, random);
const word = (by: string, tags: string[][], content: string): SignedEvent => ({
  ...{ id: '00'.repeat(32), sig: '00'.repeat(64), created_at: 0, kind: MEMBERS_KIND },
  ...{ pubkey: by, tags, content },
});
const said = (by: Uint8Array, chain: Chain, graph = GRAPH): SignedEvent =>
  word(
    pubkeyOf(by),
    [
      ['d', SUCCESSION_NAME],
      ['graph', graph],
    ],
    JSON.stringify(chain),
  );
const list = (key: Uint8Array): SignedEvent =>
  word(
    FOUNDER,
    [
      ['d', membersName(1)],
      [RECOVERY_TAG, toHex(suite.sha256(suite.publicKey(key)))],
    ],
    '',
  );
/** A relay whose Host has said which recovery key is its own, and these words after that. */
const owner = (...words: SignedEvent[]): Owner => {
  const made = new Owner(FOUNDER, suite);
  made.readRecovery(list(recovery));
  for (const event of words) made.follow(event);
  return made;
};

const first = after([], founder, one);
const second = after(first, one, two);

describe('T184: the owner of a relay', () => {
  test('is its first key; then whom the chain leads to, one or several keys on', () => {
    expect(owner().signer).toBe(FOUNDER);
    expect(owner(said(one, first)).signer).toBe(pubkeyOf(one));
    expect(owner(said(one, first), said(two, second)).signer).toBe(pubkeyOf(two));
    expect(owner(said(two, second)).signer).toBe(pubkeyOf(two));
  });

  const refused: readonly [string, SignedEvent][] = [
    ['of another kind', { ...said(one, first), kind: MEMBERS_KIND + 1 }],
    [
      'under another name',
      {
        ...said(one, first),
        tags: [
          ['d', membersName(1)],
          ['graph', GRAPH],
        ],
      },
    ],
    ['that is no JSON', { ...said(one, first), content: '[' }],
    [
      'with a name twice',
      { ...said(one, first), content: JSON.stringify(first).replace('"n":1', '"n":1,"n":1') },
    ],
    ['that is no chain', { ...said(one, first), content: JSON.stringify([{ ...first[0], more: 1 }]) }],
    ['of no graph', { ...said(one, first), tags: [['d', SUCCESSION_NAME]] }],
    ['that somebody else passes on', said(two, first)],
    ['of nothing', said(founder, [])],
    ['that a thief signed for itself', said(thief, after([], thief, thief))],
    ['by a recovery key that is another', said(thief, after([], thief, two, true))],
    ['that was altered', said(one, [{ ...first[0]!, epoch: 4 }])],
  ];
  test.each(refused)('does not follow a word %s', (_what, event) => {
    const it = owner();
    expect(it.successionIn(event)).toBeNull();
    it.follow(event);
    expect(it.signer).toBe(FOUNDER);
  });

  test('does not follow a chain of another Host, which would be one', () => {
    const other = `${pubkeyOf(thief)}/acme`;
    const chain = succeed(
      suite,
      other,
      [],
      { by: thief, isRecovery: false, to: two, epoch: 3, at: 9 },
      random,
    );
    expect(new Owner(pubkeyOf(thief), suite).successionIn(said(two, chain, other))).toEqual(chain);
    expect(owner().successionIn(said(two, chain, other))).toBeNull();
  });

  test('is not said anew, goes not back, and stays with the first of two', () => {
    const it = owner(said(two, second));
    expect(it.successionIn(said(two, second))).toBeNull();
    expect(it.successionIn(said(one, first))).toBeNull();
    expect(it.successionIn(said(thief, after([], founder, thief)))).toBeNull();
    it.follow(said(thief, after([], founder, thief)));
    expect(it.signer).toBe(pubkeyOf(two));
  });

  test('is, of a thief and a recovery, whom the recovery names, and no rotation leads away again', () => {
    const stolen = after(after([], founder, thief), thief, two);
    const recovered = after([], recovery, one, true);
    const it = owner(said(two, stolen));
    expect(it.signer).toBe(pubkeyOf(two));
    it.follow(said(one, recovered));
    expect(it.signer).toBe(pubkeyOf(one));
    expect(it.successionIn(said(two, stolen))).toBeNull();
  });

  test('has the recovery key that its first list named, and none before; what a thief names later is nothing', () => {
    const it = new Owner(FOUNDER, suite);
    const recovered = said(one, after([], recovery, one, true));
    expect(it.successionIn(recovered)).toBeNull();
    it.readRecovery(list(recovery));
    it.readRecovery(list(thief));
    expect(it.successionIn(said(two, after([], thief, two, true)))).toBeNull();
    expect(it.successionIn(recovered)).not.toBeNull();
  });

  test('has mail under each key that it had, and under no other', () => {
    const it = owner(said(two, second));
    const keys = [FOUNDER, ...[one, two, thief].map(pubkeyOf), undefined];
    expect(keys.map((key) => it.isOrWas(key))).toEqual([true, true, true, false, false]);
  });
});

describe('T183: a relay whose owner is followed by two keys', () => {
  const keys = Array.from({ length: 3 }, () => random(32));
  const [host, next, last] = keys.map((secret) => makeKeys(secret)) as [Keys, Keys, Keys];
  const relay = relayUnderTest({ owner: host.pubkey });
  const members = (by: Keys, of: readonly Keys[], age = 0): SignedEvent =>
    by.sign({
      ...{ kind: MEMBERS_KIND, created_at: nowSeconds() - age, content: '' },
      tags: [['d', membersName(1)], ...of.map(({ pubkey }) => ['p', pubkey])],
    });
  const graph = `${host.pubkey}/acme`;
  const chainOf = (length: number): Chain => {
    let chain: Chain = [];
    for (let n = 0; n < length; n++) {
      const step = { by: keys[n]!, isRecovery: false, to: keys[n + 1]!, epoch: 3, at: 9 };
      chain = succeed(suiteWasm, graph, chain, step, random);
    }
    return chain;
  };
  const succession = (by: Keys, length: number): SignedEvent =>
    by.sign({
      ...{ kind: MEMBERS_KIND, created_at: nowSeconds(), content: JSON.stringify(chainOf(length)) },
      tags: [
        ['d', SUCCESSION_NAME],
        ['graph', graph],
      ],
    });
  const mailOf = async (member: Keys) =>
    (await relay.connectAs(member)).read({ kinds: [1059], '#p': [member.pubkey] });

  test('a member that was away over both reads what all three keys wrote to it, also after a restart', async () => {
    const [away, stranger] = [makeKeys(), makeKeys()];
    const written = [host, next, last].map(() => makeWrap(away.pubkey));
    const first = await relay.connectAs(host);
    expect((await first.publish(members(host, [away], 20)))[2]).toBe(true);
    expect((await first.publish(written[0]!))[2]).toBe(true);
    const second = await relay.connectAs(next);
    expect((await second.publish(members(next, [away, host], 10)))[3]).toContain('restricted:');
    expect((await second.publish(succession(next, 1)))[2]).toBe(true);
    expect((await second.publish(members(next, [away, host], 10)))[2]).toBe(true);
    expect((await second.publish(written[1]!))[2]).toBe(true);
    const third = await relay.connectAs(last);
    expect((await third.publish(succession(last, 2)))[2]).toBe(true);
    // Before its own list is there, those of the one before it are members
    expect((await third.publish(written[2]!))[2]).toBe(true);
    await relay.restart();
    expect(new Set(await mailOf(away))).toEqual(new Set(written.map(({ id }) => id)));
    const back = await relay.connectAs(away);
    for (const { pubkey } of [host, last]) expect((await back.publish(makeWrap(pubkey)))[2]).toBe(true);
    // Who owned it once lists nobody, and sees nothing of others
    const old = await relay.connectAs(next);
    expect((await old.publish(members(next, [stranger])))[3]).toContain('restricted:');
    expect(await old.read({ kinds: [MEMBERS_KIND], authors: [host.pubkey] })).toEqual([]);
    expect((await (await relay.connectAs(stranger)).publish(makeWrap(away.pubkey)))[3]).toContain(
      'restricted:',
    );
  });

  test('nobody says for another that a key came, and a word that leads nowhere is refused', async () => {
    const [stranger] = [makeKeys()];
    await (await relay.connectAs(host)).publish(members(host, []));
    const client = await relay.connectAs(stranger);
    expect((await client.publish(succession(next, 1)))[3]).toContain('not yours to say');
    expect((await client.publish(succession(stranger, 1)))[3]).toContain(
      'no key of this Host leads to yours',
    );
    expect(await client.read({ kinds: [MEMBERS_KIND] })).toEqual([]);
  });
});
