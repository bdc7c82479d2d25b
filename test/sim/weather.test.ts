/** Bad relays, remotes that are away, long absences, many tasks at once: the same end as on a good day. */
import { describe, expect, test } from 'vitest';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, type FederationOptions, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { NO_FAULTS } from './memory-relay.ts';
import { approve, ask, asked, atHost, reached } from './story.ts';

const APPROVED = { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } };
const start = async (more: Partial<FederationOptions> = {}): Promise<Federation> => {
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder', 'alice approves builder'],
    suite: idealSuite,
    ...more,
  });
  const { tables, self } = fed.people.alice!.home;
  await fed.until('the routes', () => tables.get('peers', self.pubkey, 'builder')?.pubkey);
  return fed;
};
const askMany = async (fed: Federation, n: number): Promise<string[]> => {
  const sessions: string[] = [];
  for (let i = 0; i < n; i++) sessions.push(await ask(fed, 'alice', 'builder', `task ${i}`));
  return sessions;
};
/** One result, one push each, and everything that holds at rest. */
const eachEndedOnce = async (fed: Federation, sessions: readonly string[]): Promise<void> => {
  for (const session of sessions) await reached(fed, 'alice', session, 'completed');
  await fed.time.pass(30_000);
  const pushed = fed.remote.updates.map(({ branch }) => branch.split('/')[2]).sort();
  expect(pushed).toEqual([...sessions].sort());
  expect(faultsOf(fed)).toEqual([]);
};

describe('many at once', () => {
  test.each([3, 20])('%i tasks at once on one runner all complete', async (n) => {
    const fed = await start();
    await eachEndedOnce(fed, await askMany(fed, n));
  });
});

describe('a relay that says OK and drops 30 %, duplicates 30 %, reorders and replays old wraps', () => {
  const bad = { ...NO_FAULTS, withhold: 0.3, duplicate: 0.3, delay: 0.3, delayMs: 3000, replay: 0.1 };
  test('T16 T30 the same end', async () => {
    const fed = await start();
    fed.relays[0]!.faults = bad;
    await eachEndedOnce(fed, await askMany(fed, times(10, 50)));
  });
  test('T94 with approvals: one decision, one push, the approved one', async () => {
    const fed = await start({ agents: { builder: APPROVED } });
    fed.relays[0]!.faults = bad;
    const sessions = await askMany(fed, times(5, 20));
    for (const session of sessions) await approve(fed, 'alice', session);
    await eachEndedOnce(fed, sessions);
  });
});

describe('beside a good relay', () => {
  test.each(['silent', 'down', 'refusing'] as const)('one that is %s holds up nothing', async (state) => {
    const fed = await start({ relays: 2 });
    fed.relays[0]!.setState(state);
    const before = fed.time.elapsed();
    const sessions = await askMany(fed, 4);
    for (const session of sessions) await reached(fed, 'alice', session, 'completed');
    expect(fed.time.elapsed() - before).toBeLessThan(10_000);
    await eachEndedOnce(fed, sessions);
  });
});

test('with no relay at all a task is kept, and done when there is one again', async () => {
  const fed = await start();
  fed.relays[0]!.setState('down');
  const sessions = await askMany(fed, 1);
  await fed.time.pass(120_000);
  expect(fed.runs).toEqual([]);
  fed.relays[0]!.setState('up');
  await eachEndedOnce(fed, sessions);
});

test('a git remote that is away costs a try now and then, and the task is done when it is back', async () => {
  const fed = await start();
  fed.remote.reachable = false;
  const sessions = await askMany(fed, 1);
  const tries = () => fed.runners.r1!.log.filter((line) => line.includes(`session ${sessions[0]}: `));
  const before = fed.time.elapsed();
  await fed.until('three tries', () => tries().length >= 3);
  // 1 s after the first, 2 s after the second: not as fast as it can.
  expect(fed.time.elapsed() - before).toBeGreaterThan(2_500);
  fed.remote.reachable = true;
  await eachEndedOnce(fed, sessions);
});

describe('what git can never do is said within a minute, in its words (T120)', () => {
  const failure = async (fed: Federation): Promise<string> => {
    const from = fed.time.elapsed();
    const [session] = await askMany(fed, 1);
    const { state, reason, summary } = await reached(fed, 'alice', session!, 'failed');
    expect([state, reason]).toEqual(['failed', 'turn_failed']);
    expect(fed.time.elapsed() - from).toBeLessThan(60_000);
    expect(fed.runs).toEqual([]);
    return summary ?? '';
  };
  test('an object of the base branch that is refused', async () => {
    const fed = await start();
    fed.remote.spoiled.add('main');
    expect(await failure(fed)).toContain('fsck error');
  });
  test('a repository that is gone', async () => {
    const fed = await start();
    fed.remote.gone = true;
    expect(await failure(fed)).toContain('no such repository');
  });
  test('a base branch that is gone', async () => {
    const fed = await start();
    fed.remote.branches.delete('main');
    expect(await failure(fed)).toContain('no branch "main"');
  });
  test('an object on a branch of somebody else holds up no task', async () => {
    const fed = await start();
    fed.remote.move('somebody/feature', { spoiled: '' });
    fed.remote.spoiled.add('somebody/feature');
    await eachEndedOnce(fed, await askMany(fed, 1));
  });
});

test('a git remote that stays away is told after a quarter of an hour: no task is "active" for ever', async () => {
  const fed = await start();
  fed.remote.reachable = false;
  const [session] = await askMany(fed, 1);
  await fed.time.pass(14 * 60_000);
  expect(atHost(fed, session!)).toBe('active');
  await fed.time.pass(3 * 60_000);
  expect((await reached(fed, 'alice', session!, 'failed')).summary).toContain('no route');
});

describe('absence', () => {
  test('a runner that was away when the task was launched does it when it is back', async () => {
    const fed = await start();
    const { r1 } = fed.runners;
    await fed.finish('the stop', r1!.stop());
    const sessions = await askMany(fed, 1);
    await fed.time.pass(240_000);
    await fed.finish('the start', r1!.start());
    await eachEndedOnce(fed, sessions);
  });
  test('a user who was away for the whole task receives everything on return', async () => {
    const fed = await start();
    const { alice } = fed.people;
    const sessions = await askMany(fed, 1);
    await fed.finish('leaving', alice!.stop());
    await fed.until('the end at the Host', () => atHost(fed, sessions[0]!) === 'completed');
    await fed.time.pass(300_000);
    await fed.finish('coming back', alice!.start());
    await eachEndedOnce(fed, sessions);
  });
  test('an approval waits through a restart of everything, and is good after it', async () => {
    const fed = await start({ agents: { builder: APPROVED } });
    const sessions = await askMany(fed, 1);
    await asked(fed, 'alice', sessions[0]!);
    fed.relays[0]!.setState('down');
    fed.relays[0]!.setState('up');
    for (const part of [fed.host, fed.runners.r1!, fed.people.alice!]) {
      await fed.finish(`the stop of ${part.name}`, part.stop());
      part.damage();
      await fed.finish(`the start of ${part.name}`, part.start());
    }
    await approve(fed, 'alice', sessions[0]!);
    await eachEndedOnce(fed, sessions);
  });
});
