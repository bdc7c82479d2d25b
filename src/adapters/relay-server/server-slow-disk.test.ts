/** A client that writes faster than the disk is not read further: its events wait with itself, not in the relay. */
import { afterEach, expect, test } from 'vitest';
import { type DiskCalls, watchDisk } from '../../../test/support/disk-calls.ts';
import { makeKeys, makeWrap, until } from '../../../test/support/relay-kit.ts';
import { relayUnderTest } from '../../../test/support/relay-server-kit.ts';
import { verifyEvent } from '../../core/nostr/event.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';

const host = makeKeys();
let taken = 0;
const relay = relayUnderTest({
  verify: (event) => {
    taken++;
    return verifyEvent(suiteWasm, event);
  },
});
let disk: DiskCalls | undefined;
let release = () => {};
afterEach(() => {
  release();
  disk?.restore();
});

test('T66 events that wait for the disk are bounded, others are served meanwhile, and all are stored', async () => {
  const [writer, reader] = [await relay.connectAs(host), await relay.connectAs(host)];
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = false;
  disk = await watchDisk(relay.directory, (call) => {
    if (!call.startsWith('datasync')) return;
    waiting = true;
    return gate;
  });
  taken = 0;
  const count = 200;
  const wraps = Array.from({ length: count }, () => makeWrap(host.pubkey, { content: 'x'.repeat(12_000) }));
  for (const wrap of wraps) writer.send(['EVENT', wrap]);
  await until(() => waiting && taken >= 64, 'the relay to wait for its disk');
  // Each is answered in a later turn than it was sent: time enough for the relay to read all that it would.
  for (let i = 0; i < 50; i++) expect(await reader.read({ limit: 1 })).toEqual([]);
  // What one read of the socket brought is taken still: 64 KiB of it.
  expect(taken).toBeLessThan(64 + 16);
  release();
  await until(() => writer.frames.filter(([name]) => name === 'OK').length === count, 'all of them', 30_000);
  expect(writer.frames.every(([name, , accepted]) => name !== 'OK' || accepted === true)).toBe(true);
});
