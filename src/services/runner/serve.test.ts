/** What a runner says of itself, and when: once for each thing, and often only while nobody hears it. */
import { describe, expect, test } from 'vitest';
import {
  ASSIGNMENT,
  LEASE_MS,
  type RunnerSetup,
  type SingleRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { probedAs } from '../../../test/support/probe-records.ts';
import { uuidOf } from '../../../test/support/world.ts';

const S = uuidOf(0xe1);

/** When its heartbeats went, from now on, in milliseconds after now. */
const beatsFor = async (one: SingleRunner, ms: number): Promise<number[]> => {
  const start = one.time.elapsed();
  const times: number[] = [];
  let before = one.beats().length;
  for (let at = 0; at < ms; at += 50) {
    await one.time.pass(50);
    for (const now = one.beats().length; before < now; before++) times.push(one.time.elapsed() - start);
  }
  return times;
};
const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => Math.round((at - times[i]!) / 1000));
const trusted = async (setup: RunnerSetup = {}) => {
  const one = await startSingleRunner(setup);
  await one.trust();
  return one;
};
const HEARD = { leases: [] };
const hostAsks = ({ hear }: SingleRunner) =>
  hear({ type: 'host.beat', from: 'host', to: 'runner', body: { revision: 1, digest: null } });

describe('a heartbeat', () => {
  test('goes every second until the Host answers one, ten times; then every ten seconds', async () => {
    const one = await startSingleRunner();
    // What is not said to anybody is no try
    expect(await beatsFor(one, 15_000)).toEqual([]);
    await one.trust();
    const times = await beatsFor(one, 45_000);
    expect(times[0]).toBeLessThanOrEqual(1100);
    expect(gaps(times)).toEqual([...Array(9).fill(1), 10, 10, 10]);
  });

  test('goes every ten seconds when one was answered', async () => {
    const one = await trusted();
    await one.time.until('the first', () => one.beats().length === 1, 1000);
    await one.time.pass(600);
    await one.renew(HEARD);
    const times = await beatsFor(one, 45_000);
    // Ten seconds after the one that was answered, not after the answer
    expect(Math.round(times[0]! / 100)).toBe(94);
    expect(gaps(times)).toEqual([10, 10, 10]);
  });

  test('goes every second while one of its nodes has no lease, whatever was answered', async () => {
    const one = await trusted();
    await one.offer();
    await one.lease();
    expect(gaps(await beatsFor(one, 30_000)).every((gap) => gap === 10)).toBe(true);
    const other = await one.alsoRun();
    one.home.leases.remove(one.actors.peer.pubkey);
    const held = [
      { assignment: ASSIGNMENT, fence: 1 },
      { assignment: other, fence: 1 },
    ];
    const times = await beatsFor(one, 15_000);
    expect(gaps(times)).toEqual(Array(times.length - 1).fill(1));
    expect(times.length).toBeGreaterThan(12);
    expect(
      one
        .beats()
        .at(-1)!
        .body.leases.toSorted((a, b) => (a.assignment < b.assignment ? -1 : 1)),
    ).toEqual(held);
  });

  test('goes when the Host asks for one, at most twice a second, and that is no answer', async () => {
    const one = await trusted();
    await one.time.until('the first', () => one.beats().length === 1, 1000);
    const sentAt = one.time.elapsed();
    await one.renew(HEARD);
    const askedAfter = async (ms: number) => {
      await one.time.pass(sentAt + ms - one.time.elapsed());
      await hostAsks(one);
      await one.time.pass(0);
      return one.beats().length;
    };
    expect([await askedAfter(499), await askedAfter(500)]).toEqual([1, 2]);
  });

  test('of the Host leaves a runner that nobody has answered trying', async () => {
    const one = await trusted();
    await one.time.until('the first', () => one.beats().length === 1, 1000);
    await hostAsks(one);
    expect(gaps(await beatsFor(one, 5000))).toEqual([1, 1, 1, 1]);
  });

  test('says how many turns it runs', async () => {
    const one = await startSingleRunner({ script: () => new Promise(() => {}) });
    await one.ready();
    expect(one.beats().at(-1)!.body.running).toBe(0);
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0], 5000);
    await one.lease();
    expect(one.beats().at(-1)!.body.running).toBe(1);
  });
});

describe('a renewal', () => {
  test('of what is not here beside what is renews what is', async () => {
    const one = await trusted();
    await one.offer();
    await one.time.until('the node', () => one.listensTo('node') && one.beats()[0], 5000);
    const lease = (assignment: string) => ({ assignment, fence: 1, leaseMs: LEASE_MS });
    await one.renew({ leases: [lease(uuidOf(0xdd)), lease(ASSIGNMENT)] });
    expect(one.home.leases.isLive(one.actors.node.pubkey)).toBe(true);
    // What waited for it goes on at once.
    await one.time.pass(0);
    expect([one.said('assignment.receipt').length, one.logged]).toEqual([1, []]);
  });
});

describe('a hello', () => {
  const invite = { id: uuidOf(0xf1), hmac: 'ab'.repeat(32) };
  const FACTS = {
    name: 'r1',
    version: '0',
    platform: 'simulated',
    labels: {},
    engines: ['exec'],
    sandbox: ['none'],
    capacity: 4,
  };
  const hellos = (one: SingleRunner) =>
    one.said('runner.hello').map(({ body, event }) => {
      const { nonce } = JSON.parse(event.content);
      return { to: one.world.byKey.get(event.tags.find(([tag]) => tag === 'p')![1]!)!.name, body, nonce };
    });

  test('says what the runner has, the first time with its invite', async () => {
    const one = await startSingleRunner({ invite });
    expect(hellos(one)).toEqual([
      { to: 'host', body: { ...FACTS, invite, nonce: expect.anything() }, nonce: expect.anything() },
    ]);
  });

  test('that was lost is said again, with the invite, whatever else is known', async () => {
    const one = await startSingleRunner({ invite });
    await one.trust();
    await one.close();
    const heard = one.home.disk.lines.filter(({ dir }) => dir === 'in');
    const lines = heard.map((line, i) => ({ ...line, n: i + 1 }));
    expect(lines.length).toBeGreaterThan(0);
    const again = await startSingleRunner({ invite, disk: { ...one.home.disk, lines } });
    expect(hellos(again)).toMatchObject([{ body: { invite } }]);
  });

  test('is said again only when something else is to be said, and then without the invite', async () => {
    const one = await startSingleRunner({ invite });
    await one.close();
    const same = await startSingleRunner({ invite, disk: one.home.disk });
    await same.close();
    expect(hellos(same)).toHaveLength(1);
    const other = await startSingleRunner({ invite, disk: one.home.disk, capacity: 7 });
    expect(hellos(other).slice(1)).toMatchObject([{ body: { ...FACTS, capacity: 7 } }]);
    expect(hellos(other)[1]!.body.invite).toBeUndefined();
    await other.close();
    const more = await startSingleRunner({ invite, disk: one.home.disk, capacity: 7, memory: 2048 });
    expect(hellos(more).slice(2)).toMatchObject([{ body: { ...FACTS, capacity: 7, memory: 2048 } }]);
  });

  test('is said anew when another agent was tried or a result is void, also when it is what was said before', async () => {
    const probes = [probedAs('kimi')];
    const one = await startSingleRunner({ probes });
    const told = () => hellos(one).map(({ body }) => body.probes?.map(({ agent }) => agent) ?? null);
    const until = (count: number) => one.time.until(`${count} hellos`, () => told().length >= count, 30_000);
    const [kimi] = probes.splice(0);
    await until(2);
    probes.push(kimi!);
    await until(3);
    await one.time.pass(60_000);
    expect(told()).toEqual([['kimi'], null, ['kimi']]);
  });
});

test('what goes wrong is told in the log and tried again, whatever was thrown', async () => {
  const one = await trusted();
  const thrown: unknown[] = [new Error('a bug'), 'a word'];
  const { get } = one.machine.keys;
  one.machine.keys.get = function (name: string) {
    if (thrown.length > 0) throw thrown.shift();
    return get.call(this, name);
  };
  await one.offer();
  await one.time.until('the node', () => one.listensTo('node'), 10_000);
  expect(one.logged).toEqual(['a bug', 'a word']);
});
