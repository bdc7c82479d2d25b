/** The simulated federation itself: that it works, and that it is the same each time. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { approve, ask, reached, reject } from './story.ts';
import { virtualClock } from './virtual-clock.ts';

const APPROVED = { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } };
const small = (more: Partial<Parameters<typeof startFederation>[0]> = {}): Promise<Federation> =>
  startFederation({
    people: { alice: {} },
    agents: { builder: APPROVED },
    edges: ['alice delegates_to builder', 'alice approves builder'],
    ...more,
  });

describe.each([
  ['real', undefined],
  ['ideal', idealSuite],
])('with %s cryptography', (_which, suite) => {
  test('a task is done, approved and published; another is rejected', async () => {
    const fed = await small(suite ? { suite } : {});
    const one = await ask(fed, 'alice', 'builder', 'mend it');
    await approve(fed, 'alice', one);
    await reached(fed, 'alice', one, 'completed');
    expect(fed.remote.show(`entangle/builder/${one}`)).toEqual({ 'a.txt': 'a\n', 'done.txt': 'mend it\n' });
    const other = await ask(fed, 'alice', 'builder', 'break it');
    await reject(fed, 'alice', other);
    expect((await reached(fed, 'alice', other, 'failed')).reason).toBe('approval_rejected');
    expect(fed.remote.branches.has(`entangle/builder/${other}`)).toBe(false);
    await fed.close();
  });
});

test('a seed tells the whole history, to the last byte', async () => {
  const history = async (seed: string) => {
    const fed = await small({ suite: idealSuite, seed });
    const session = await ask(fed, 'alice', 'builder', 'mend it');
    fed.runners.r1!.crash();
    await fed.finish('a new start', fed.runners.r1!.start());
    await approve(fed, 'alice', session);
    await reached(fed, 'alice', session, 'completed');
    await fed.close();
    return [fed.time.elapsed(), fed.host.home.ledger.head, fed.people.alice!.home.ledger.head];
  };
  expect(await history('one')).toEqual(await history('one'));
  expect(await history('one')).not.toEqual(await history('another'));
});

test('a process that crashed does nothing any more, and what it had not made durable may be lost', async () => {
  const fed = await small({ suite: idealSuite });
  const { host } = fed;
  const before = host.home;
  host.crash();
  const lines = host.disk.lines.length;
  void before.ledger.append(() => {
    throw new Error('a process that is gone appends nothing');
  });
  await fed.time.pass(120_000);
  expect(host.disk.lines.length).toBe(lines);
  await fed.finish('a new start', host.start());
  expect(host.home.epoch?.n).toBe(2);
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  await fed.close();
});

test('a process that is over listens to nothing: Node would keep all that it had', async () => {
  const { signal } = new AbortController();
  const { clock, stop } = virtualClock().forProcess();
  void clock.sleep(1000, signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  stop();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
