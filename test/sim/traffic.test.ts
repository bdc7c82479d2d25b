/** T111: what a task costs a relay, in wraps that it keeps: the sum in relay-server/traffic.test.ts rests on it. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { OF_A_TASK } from '../support/traffic.ts';
import { startFederation } from './federation.ts';
import { recipientOf } from './memory-relay.ts';
import { approve, ask, reached } from './story.ts';

test('a task with an approval is so many wraps at most', async () => {
  const approval = { 'source.publish': { by: ['alice', 'bob'], quorum: 1 } };
  const fed = await startFederation({
    suite: idealSuite,
    people: { alice: {}, bob: {} },
    agents: { builder: { policy: { approval } } },
    edges: ['alice delegates_to builder', 'alice approves builder', 'bob approves builder'],
  });
  const [relay] = fed.relays;
  const before = relay!.wraps.length;
  const count = 4;
  for (let i = 0; i < count; i++) {
    const session = await ask(fed, 'alice', 'builder', 'mend it');
    await approve(fed, 'alice', session);
    await reached(fed, 'alice', session, 'completed');
  }
  const people = new Set(Object.values(fed.people).map(({ home }) => home.self.pubkey));
  const host = fed.host.home.self.pubkey;
  const kindOf = (to: string) => (people.has(to) ? 'people' : to === host ? 'host' : 'agent');
  const sent = relay!.wraps.slice(before);
  for (const kind of ['people', 'agent', 'host'] as const) {
    const mine = sent.filter((wrap) => kindOf(recipientOf(wrap)) === kind);
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.length).toBeLessThanOrEqual(count * OF_A_TASK[kind]);
  }
  await fed.close();
});
