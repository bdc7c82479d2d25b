/** T123: one member fills another's mailbox up to a bound, and only with its own wraps. */
import { expect, test } from 'vitest';
import {
  type Keys,
  makeKeys,
  makeWrap,
  nowSeconds,
  type RawClient,
  until,
} from '../../../test/support/relay-kit.ts';
import { relayUnderTest } from '../../../test/support/relay-server-kit.ts';

const host = makeKeys();
// Hundreds of large wraps: that signatures are looked at is for the other tests.
const relay = relayUnderTest({ owner: host.pubkey, verify: () => true });
const content = 'x'.repeat(65_000);
const LARGE = 600;

const fill = async (client: RawClient, to: Keys): Promise<void> => {
  const wrap = makeWrap(to.pubkey, { content });
  const oks = () => client.frames.filter(([name]) => name === 'OK').length;
  for (let n = 0; n < LARGE; n++) {
    client.send(['EVENT', { ...wrap, id: n.toString(16).padStart(64, '0') }]);
    if (n % 100 === 99) await until(() => oks() > n - 100, 'what was sent before is taken');
  }
  await until(() => oks() === LARGE, 'all is answered');
};

test('32 MiB, until the recipient deletes some; others, other mailboxes and the Host are as before', async () => {
  const [mallory, alice, bob] = [makeKeys(), makeKeys(), makeKeys()];
  const owner = await relay.connectAs(host);
  const tags = [['d', 'entangle/members'], ...[mallory, alice, bob].map(({ pubkey }) => ['p', pubkey])];
  await owner.publish(host.sign({ kind: 30_000, created_at: nowSeconds(), tags, content: '' }));
  const filler = await relay.connectAs(mallory);
  await fill(filler, alice);
  const refused = filler.frames.filter(([, , taken]) => taken === false);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(LARGE - 510);
  expect(refused[0]?.[3]).toBe('restricted: that mailbox holds too much of yours that was not read');
  // Also on another connection, beside a key of nobody.
  const again = await relay.connectAs(makeKeys(), mallory);
  expect((await again.publish(makeWrap(alice.pubkey)))[2]).toBe(false);
  expect((await again.publish(makeWrap(alice.pubkey, { kind: 21059 })))[2]).toBe(true);
  expect((await filler.publish(makeWrap(bob.pubkey)))[2]).toBe(true);
  expect((await (await relay.connectAs(bob)).publish(makeWrap(alice.pubkey)))[2]).toBe(true);
  expect((await owner.publish(makeWrap(alice.pubkey)))[2]).toBe(true);
  const reader = await relay.connectAs(alice);
  // More than were under way when the room was filled.
  const read = Array.from({ length: 100 }, (_, n) => ['e', n.toString(16).padStart(64, '0')]);
  await reader.publish(alice.sign({ kind: 5, created_at: nowSeconds(), tags: read, content: '' }));
  expect((await filler.publish(makeWrap(alice.pubkey)))[2]).toBe(true);
});
