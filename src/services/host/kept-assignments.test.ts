/** Whose key stays for a while after a node was taken off: no runner for longer than it may still act. */
import { expect, test } from 'vitest';
import { LEASE_MS, OPERATOR, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { runStill } from './kept-assignments.ts';
import { revokeNode } from './move-node.ts';
import { Presence } from './presence.ts';
import { memberKeys } from './routes.ts';

/** A Host that starts again has heard nobody yet. */
const startAgain = async (one: SingleHost) => {
  one.host.presence = new Presence(one.home.clock);
  await one.time.pass(1000);
};

test('T199 a lease whose end is on record is over after a start of the Host too, whatever its runner acknowledged', async () => {
  const one = await startSingleHost();
  const lease = await one.place();
  await one.addRunner('runner2', 'r2');
  await one.heartbeat('runner', [lease]);
  for (let ms = 0; ms < 4 * LEASE_MS; ms += 10_000) {
    await one.heartbeat('runner2');
    await one.time.pass(10_000);
  }
  await one.heartbeat('runner', [lease]);
  await one.time.pass(1000);
  const { state, inputs } = one.home.tables.get('assignments', lease.assignment)!;
  expect([state, Object.keys(inputs)]).toEqual(['expired', ['accept', 'expire', 'revoke']]);
  await startAgain(one);
  expect([...runStill(one.host).keys()]).toEqual([]);
  expect(memberKeys(one.host)).not.toContain(one.actors.node.pubkey);
});

test('T199 what is accepted after it was taken off has no key that anybody is told of', async () => {
  const one = await startSingleHost();
  await one.apply();
  await one.addRunner('runner', 'r1');
  const offer = await one.time.until('an offer', () => one.offers()[0], 5000);
  await revokeNode(one.host, { node: 'builder', fence: 1, decisions: 0 }, OPERATOR);
  await one.time.pass(1000);
  await one.accept(offer);
  await one.time.pass(1000);
  expect(one.home.tables.get('assignments', offer.body.assignment)).toMatchObject({
    state: 'revoked',
    pubkey: one.actors.node.pubkey,
  });
  expect([...runStill(one.host).keys()]).toEqual([]);
  expect(memberKeys(one.host)).not.toContain(one.actors.node.pubkey);
  expect(one.routesTo('user').at(-1)!.body.peers).toMatchObject([{ name: 'builder', pubkey: null }]);
});

test('T199 what was taken off long ago is heard by nobody after a start of the Host, and not run elsewhere before a lease is over', async () => {
  const one = await startSingleHost();
  const lease = await one.place();
  await one.heartbeat('runner', [lease]);
  await revokeNode(one.host, { node: 'builder', fence: 1, decisions: 0 }, OPERATOR);
  await one.time.pass(1000);
  expect(memberKeys(one.host)).toContain(one.actors.node.pubkey);
  await one.time.pass(4 * LEASE_MS);
  expect(memberKeys(one.host)).not.toContain(one.actors.node.pubkey);
  await startAgain(one);
  expect([...runStill(one.host).keys()]).toEqual(['builder']);
  expect(memberKeys(one.host)).not.toContain(one.actors.node.pubkey);
  expect(one.routesTo('user').at(-1)!.body.peers).toMatchObject([{ name: 'builder', pubkey: null }]);
});
