/** A key that came back from its backup: a new home of somebody whom all know, beside an old one that is gone, or is not. */

import { beforeEach, describe, expect, test } from 'vitest';
import { showApproval } from '../../src/services/user/approval-view.ts';
import { requireOpen } from '../../src/services/user/approvals.ts';
import { troublesOf } from '../../src/services/user/troubles.ts';
import { approvalsForMe, ownDecision } from '../../src/services/user/views.ts';
import { ofPublish } from '../../test/support/published.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { refusedBy } from './refused.ts';
import { approve, ask, asked, reached, reject, shown, userOf } from './story.ts';

const NEW = 'alice again';
const approvedBy = (by: string[], quorum: number) => ({
  policy: { approval: { 'source.publish': { by, quorum } } },
});
let fed: Federation;

beforeEach(async () => {
  fed = await startFederation({
    suite: idealSuite,
    people: { alice: {}, bob: {} },
    agents: { builder: approvedBy(['alice'], 1), pair: approvedBy(['alice', 'bob'], 2) },
    edges: ['builder', 'pair'].flatMap((node) =>
      ['alice', 'bob'].flatMap((who) => [`${who} delegates_to ${node}`, `${who} approves ${node}`]),
    ),
    script: async ({ task, write, sleep }) => {
      if (task === 'slow') await sleep(10_000);
      write('done.txt', task);
    },
  });
  const { tables } = fed.host.home;
  await fed.until('both hellos', () => tables.count('hellos', { role: 'user' }) === 2);
});

const tablesOf = (person: string) => fed.people[person]!.home.tables;
const waiting = (person: string): string[] =>
  approvalsForMe(fed.people[person]!.home).map(({ session }) => session);
/** What nodes refused of her key. */
const refused = (): string[] =>
  refusedBy(fed.runners.r1!)
    .filter(({ signer }) => signer === fed.people.alice!.home.self.pubkey)
    .map(({ reason }) => reason);

describe('the old home is gone', () => {
  test('the new one is told the routes that the old one acknowledged, and asks under its own stream', async () => {
    const before = await ask(fed, 'alice', 'builder', 'before');
    await approve(fed, 'alice', before);
    await reached(fed, 'alice', before, 'completed');
    fed.people.alice!.crash();
    const { home } = await fed.rejoin('alice');
    expect(home.self.pubkey).toBe(fed.people.alice!.home.self.pubkey);
    const session = await ask(fed, NEW, 'builder', 'after');
    const id = await approve(fed, NEW, session);
    await reached(fed, NEW, session, 'completed');
    const decided = tablesOf(NEW).get('approvals', id)!;
    expect(ownDecision(home, decided)).toMatchObject({ decision: 'approved', acknowledged: true });
    // Its hello too is settled: nothing is said again and again.
    await fed.until('nothing unsaid', () => tablesOf(NEW).count('outbox') === 0);
    expect(refused()).toEqual([]);
    await fed.close();
  });

  test('what was asked of nobody who was there is put to the new one, with its bytes', async () => {
    fed.people.alice!.crash();
    const session = await ask(fed, 'bob', 'builder', 'meanwhile');
    await reached(fed, 'bob', session, 'waiting_approval');
    await fed.rejoin('alice');
    await approve(fed, NEW, session);
    await reached(fed, 'bob', session, 'completed');
    await fed.close();
  });

  test('a relay that deletes nothing gives it what the old one decided: that waits for nobody', async () => {
    for (const relay of fed.relays) relay.discard = () => {};
    const done = await ask(fed, 'bob', 'builder', 'done');
    await approve(fed, 'alice', done);
    await reached(fed, 'bob', done, 'completed');
    const open = await ask(fed, 'bob', 'pair', 'open');
    // Half decided: of this the node says nothing before it is closed
    await approve(fed, 'alice', open);
    await fed.finish('the end of the old home', fed.people.alice!.stop());
    await fed.rejoin('alice');
    await fed.until('what was closed', () => tablesOf(NEW).list('approvals', { session: done, open: 0 })[0]);
    await fed.until('what is open', () => waiting(NEW).length > 0);
    expect(waiting(NEW)).toEqual([open]);
    // The old home was given these bytes: the new one is given them too.
    const [half] = tablesOf(NEW).list('approvals', { session: open });
    const { files } = ofPublish(
      await fed.finish('the change', showApproval(userOf(fed, NEW), half!, 30_000)),
    );
    expect(files.map(({ path }) => path)).toEqual(['done.txt']);
    const [closed] = tablesOf(NEW).list('approvals', { session: done });
    expect(() => requireOpen(userOf(fed, NEW).home, closed!, 'approved')).toThrow('is closed (approved)');
    // The old home said yes: a no of the new one comes too late, and bob's word is the second of two.
    await reject(fed, NEW, open);
    await fed.until('the refusal', () => refused().includes('already_decided'), 60_000);
    await approve(fed, 'bob', open);
    await reached(fed, 'bob', open, 'completed');
    const end = await fed.until('its end', () =>
      tablesOf(NEW).list('approvals', { session: open, open: 0 }).at(0),
    );
    expect({ ...end, ...ownDecision(fed.people[NEW]!.home, end) }).toMatchObject({
      ...{ state: 'approved', decision: 'rejected', acknowledged: false },
    });
    await fed.close();
  });

  test('a task that the old home asked for goes on; its result is not for the new one to see', async () => {
    const session = await ask(fed, 'alice', 'builder', 'slow');
    await reached(fed, 'alice', session, 'active');
    fed.people.alice!.crash();
    await fed.rejoin('alice');
    await approve(fed, NEW, session);
    await fed.until('the branch', () => fed.remote.branches.has(`entangle/builder/${session}`));
    expect(shown(fed, NEW, session)).toBeNull();
    await fed.close();
  });
});

describe('both homes run', () => {
  test('one decision counts, whichever comes first; both see how it ended', async () => {
    await fed.rejoin('alice');
    await fed.until('a word to the old home', () =>
      fed.people.alice!.log.some((line) => line.includes('the key of this home speaks from another home')),
    );
    const session = await ask(fed, 'bob', 'pair', 'work');
    await asked(fed, 'alice', session);
    await asked(fed, NEW, session);
    await approve(fed, 'alice', session);
    await approve(fed, NEW, session);
    await fed.until('the refusal', () => refused().includes('already_decided'), 60_000);
    const { id } = tablesOf(NEW).list('approvals', { session })[0]!;
    expect(fed.runners.r1!.home.tables.list('decisions', { approval: id })).toHaveLength(1);
    // One person is one of two, however many homes they have.
    expect(shown(fed, 'bob', session)?.state).toBe('waiting_approval');
    await approve(fed, 'bob', session);
    for (const who of ['alice', NEW])
      await fed.until(`the end at ${who}`, () => tablesOf(who).get('approvals', id)?.open === 0);
    expect(refused()).toEqual(['already_decided']);
    await fed.close();
  });

  test('one that missed an epoch says so, and leaves what it cannot judge to the other', async () => {
    await fed.rejoin('alice');
    const isTold = () =>
      tablesOf(NEW)
        .list('peers', { kind: 'agent' })
        .filter(({ pubkey }) => pubkey !== null);
    await fed.until('both nodes', () => isTold().length === 2 && tablesOf(NEW).count('outbox') === 0);
    await fed.finish('the end of the new home', fed.people[NEW]!.stop());
    const before = tablesOf('alice').get('epoch', 'host')!.n;
    await fed.finish('the end of the Host', fed.host.stop());
    await fed.finish('its next epoch', fed.host.start());
    await fed.until('the epoch at the old home', () => tablesOf('alice').get('epoch', 'host')!.n > before);
    await fed.until('the epoch at bob', () => tablesOf('bob').get('epoch', 'host')!.n > before);
    // Routes are said anew as its nodes come back
    await fed.finish('the last of them', fed.host.home.clock.sleep(10_000));
    await fed.finish('the end of the old home', fed.people.alice!.stop());
    await fed.finish('the start of the new home', fed.people[NEW]!.start());
    const session = await ask(fed, 'bob', 'builder', 'work');
    await reached(fed, 'bob', session, 'waiting_approval');
    const behind = () => troublesOf(userOf(fed, NEW)).filter(({ what }) => what === 'behind');
    expect(await fed.until('a word about it', () => behind()[0], 60_000)).toMatchObject({ epoch: before });
    expect(waiting(NEW)).toEqual([]);
    await fed.finish('the end of the new home', fed.people[NEW]!.stop());
    await fed.finish('the start of the old home', fed.people.alice!.start());
    await approve(fed, 'alice', session);
    await reached(fed, 'bob', session, 'completed');
    await fed.close();
  });
});
