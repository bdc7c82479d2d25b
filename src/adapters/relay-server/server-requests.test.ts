/** A client that asks faster than it is answered is not read further, and what it asks for no more is not looked up. */
import { afterEach, expect, test, vi } from 'vitest';
import { makeKeys, makeWrap, until } from '../../../test/support/relay-kit.ts';
import { relayUnderTest } from '../../../test/support/relay-server-kit.ts';
import { RelayStore } from './store.ts';

const member = makeKeys();
const relay = relayUnderTest();
afterEach(() => vi.restoreAllMocks());

/** From now on the relay finds what is stored, and its disk gives nothing until `release`. */
function holdReads() {
  const query = vi.spyOn(RelayStore.prototype, 'query');
  const read = RelayStore.prototype.read;
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  vi.spyOn(RelayStore.prototype, 'read').mockImplementation(async function (this: RelayStore, row) {
    await gate;
    return read.call(this, row);
  });
  return { lookups: () => query.mock.calls.length, release };
}

test('T66 of many requests under one name only the last is looked up, when its turn has come', async () => {
  const [asker, other] = [await relay.connectAs(member), await relay.connectAs(member)];
  const wrap = makeWrap(member.pubkey);
  await asker.publish(wrap);
  const { lookups, release } = holdReads();
  for (let i = 0; i < 50; i++) asker.send(['REQ', 'same', { kinds: [1059], limit: 1 + i }]);
  await until(() => lookups() === 1, 'the first request');
  for (let i = 0; i < 20; i++) await other.publish(makeWrap(member.pubkey, { age: 60, kind: 21059 }));
  expect(lookups()).toBe(1);
  release();
  await asker.next('EOSE');
  expect(lookups()).toBe(2);
  expect(asker.frames.filter(([name]) => name === 'EVENT').map(([, , event]) => event)).toContainEqual(wrap);
});

test('T66 requests that wait for their answers are bounded: the next frame waits with who sent it', async () => {
  const [asker, other] = [await relay.connectAs(member), await relay.connectAs(member)];
  await asker.publish(makeWrap(member.pubkey));
  const { lookups, release } = holdReads();
  const keys = Array.from({ length: 1_000 }, (_, i) => i.toString(16).padStart(64, '0'));
  asker.send(['REQ', 'first', { kinds: [1059] }]);
  for (let i = 0; i < 100; i++) asker.send(['REQ', 'same', { ids: keys }]);
  const last = makeWrap(member.pubkey, { kind: 21059 });
  asker.send(['EVENT', last]);
  await until(() => lookups() > 0, 'the first request');
  // Each is answered in a later turn than it was sent: time enough for the relay to read all that it would.
  for (let i = 0; i < 200; i++) await other.publish(makeWrap(member.pubkey, { kind: 21059 }));
  expect(asker.frames.filter(([name]) => name === 'OK')).toEqual([]);
  release();
  expect((await asker.next('OK', (frame) => frame[1] === last.id))[2]).toBe(true);
});

test('what is stored while a request waits for its turn is sent once', async () => {
  const [asker, other] = [await relay.connectAs(member), await relay.connectAs(member)];
  await asker.publish(makeWrap(member.pubkey));
  const { lookups, release } = holdReads();
  asker.send(['REQ', 'first', { kinds: [1059] }]);
  asker.send(['REQ', 'second', { kinds: [1059] }]);
  await until(() => lookups() > 0, 'the first request');
  // The relay answers one after another: both were taken when this is.
  asker.send(['CLOSE', 'none']);
  const meanwhile = makeWrap(member.pubkey);
  await other.publish(meanwhile);
  release();
  for (const id of ['first', 'second']) await asker.next('EOSE', (frame) => frame[1] === id);
  await asker.publish(makeWrap(member.pubkey, { kind: 21059 }));
  const times = (id: string) =>
    asker.frames.filter(
      ([name, to, event]) => name === 'EVENT' && to === id && (event as { id: string }).id === meanwhile.id,
    );
  expect([times('first').length, times('second').length]).toEqual([1, 1]);
});
