/** What relays have kept for a Host comes while it starts. */

import { expect, test } from 'vitest';
import { answeringRelay } from '../../../test/sim/answering-relay.ts';
import { assign, joinRunner, sessionSeen, startAfter } from '../../../test/sim/introductions.ts';
import { memoryUsedOnce } from '../../../test/sim/memory-used-once.ts';
import type { Forged } from '../../../test/sim/message-kit.ts';
import { tagOf } from '../../../test/sim/single-home.ts';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { noIssuer } from '../../../test/support/issuer.ts';
import { knownMeasures } from '../../../test/support/measures.ts';
import { NO_EPOCH } from '../messaging/home.ts';
import { claimEpoch } from './host.ts';
import { listOperators } from './operators.ts';
import { startHost } from './serve.ts';

/** A runner with two nodes, and no graph that would have to be read. */
const withRunner = startAfter(async (kit) => {
  await joinRunner(kit, 'runner');
  for (const node of ['node', 'sibling'] as const) await assign(kit, node);
});

test('mail that waits is taken, however early it comes, and counts as nobody’s fault', async () => {
  const kit = await withRunner();
  const { host: home } = kit.homes;
  const seen = { ...sessionSeen(kit, { by: 'sibling' }), epoch: NO_EPOCH };
  const early = Array.from({ length: 5 }, (_, n) =>
    kit.write({ ...seen, body: { ...seen.body, step: n + 1 } } as Forged),
  );
  const relay = answeringRelay();
  const { relays } = home;
  const pending: unknown[] = [];
  home.connect = (options) => {
    const session = relay.connect(options);
    // Each a little later than the one before: none may meet a Host that is half made.
    let turn = Promise.resolve();
    for (const { text } of early) {
      turn = turn.then(() => {});
      pending.push(turn.then(() => options.onWrap(text, relays[0]!)));
    }
    return session;
  };
  const told: string[] = [];
  home.log = (level, text) => told.push(`${level}: ${text}`);
  const facts = {
    bootstrap: '00'.repeat(32),
    environment: null,
    relays,
    leaseMs: 60_000,
    recovery: '00'.repeat(32),
    logKey: new Uint8Array(32).fill(7),
    verifyIdentity: noIssuer,
    signedRequests: memoryUsedOnce(),
    measure: knownMeasures,
    members: false,
    takeOver: false,
  };
  const running = await kit.time.finish('the start', startHost({ home, ...facts }));
  await kit.time.finish('the mail', Promise.all(pending));
  expect(early.map(({ event }) => kit.has('host', event.id))).toEqual(early.map(() => true));
  expect(running.host.exchange.rejected()).toEqual([]);
  expect(told).toEqual([]);
  await kit.time.finish('the end', running.close());
});

test('what nobody has acknowledged is said again under the epoch of the next start', async () => {
  const one = await startSingleHost();
  await one.addRunner('runner', 'r1');
  await one.time.finish('the end', one.close());
  const waiting = () => one.home.tables.list('outbox').map(({ type, epoch }) => `${type} ${epoch}`);
  expect(waiting()).toEqual(['runner.trust 1']);
  const again = await startHost(one.host);
  await one.time.pass(1000);
  expect(waiting()).toEqual(['runner.trust 2']);
  await one.time.finish('the end', again.close());
});

test('each claim of an epoch names the one before, and the revision that it found', async () => {
  const one = await startSingleHost();
  await one.apply();
  await claimEpoch(one.home);
  const claims = one.home.disk.lines.flatMap(({ event }) =>
    tagOf(event, 'type') === 'epoch.claimed' ? [event] : [],
  );
  expect(claims.map(({ content }) => JSON.parse(content))).toMatchObject([
    { n: 1, previous: null, revision: 0 },
    { n: 2, previous: claims[0]!.id, revision: 1 },
  ]);
});

test('a Host without a valid admin token starts nothing: it claims no epoch', async () => {
  const kit = await withRunner();
  const { host: home } = kit.homes;
  home.connect = answeringRelay().connect;
  const { epoch } = home;
  const facts = {
    bootstrap: null,
    environment: null,
    relays: home.relays,
    leaseMs: 60_000,
    recovery: '00'.repeat(32),
    logKey: new Uint8Array(32).fill(7),
    verifyIdentity: noIssuer,
    signedRequests: memoryUsedOnce(),
    measure: knownMeasures,
    members: false,
    takeOver: false,
  };
  await expect(startHost({ home, ...facts })).rejects.toMatchObject({ code: 'not_authorized' });
  expect(home.epoch).toBe(epoch);
});

test('T156 the token of the environment alone is an admin to start with', async () => {
  const one = await startSingleHost();
  await one.time.finish('the end', one.close());
  one.home.tables.remove('operators', 'bootstrap');
  const running = await startHost({ ...one.host, bootstrap: null, environment: '05'.repeat(32) });
  expect(listOperators(running.host).items).toMatchObject([
    { name: 'environment', role: 'admin', state: 'active' },
  ]);
  await one.time.finish('the end', running.close());
});
