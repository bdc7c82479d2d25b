/** What a Host does by itself, round after round: beats, the members list, and one thing never waits for the other. */
import { describe, expect, test } from 'vitest';
import { type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { createTickets } from '../messaging/tickets.ts';
import { headOf } from './host.ts';
import { memberKeys } from './routes.ts';

describe('a beat', () => {
  /** Who gets one in the next ten seconds, and what it says. */
  const beats = async (one: SingleHost) => {
    const before = one.fleeting('host.beat').length;
    await one.time.pass(10_000);
    return one.fleeting('host.beat').slice(before);
  };
  const names = (one: SingleHost, all: Awaited<ReturnType<typeof beats>>) =>
    all.map(({ to }) => one.world.byKey.get(to)!.name).sort();

  test('goes to the Host’s own key and to the runners that it trusts, and to nobody else', async () => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    await one.join('user', 'alice');
    await one.addRunner('runner2', 'r2');
    expect(names(one, await beats(one))).toEqual(['host', 'runner2']);
    await one.trust('runner2', 'r2', 'revoked');
    expect(names(one, await beats(one))).toEqual(['host']);
  });
  test('says which revision is the newest', async () => {
    const one = await startSingleHost();
    // The first one is on its way
    await one.time.pass(1);
    expect(await beats(one)).toMatchObject([{ body: { revision: 0, digest: null } }]);
    await one.apply();
    const { n, digest } = headOf(one.home)!;
    expect(await beats(one)).toMatchObject([{ body: { revision: n, digest } }]);
  });
  test('is the last once the Host is closed: it says nothing more', async () => {
    const one = await startSingleHost();
    await one.apply();
    await one.time.finish('the end', one.close());
    const { length } = one.published;
    await one.time.pass(60_000);
    expect(one.published).toHaveLength(length);
  });
});

const lists = ({ published }: SingleHost) => published.filter(({ kind }) => kind === 30_000);

describe('a relay that is reached anew', () => {
  /** What the session with the relay tells of it. */
  const connected = async (one: SingleHost, state: 'synced' | 'connecting', at: number) => {
    one.home.tables.put('relays', { relay: one.home.relays[0]!, state, detail: '', at });
    await one.time.pass(15_000);
    return lists(one);
  };
  test('has the members list said again, as it is: it may have lost it', async () => {
    const one = await startSingleHost({ members: true });
    const before = await connected(one, 'synced', 1);
    await connected(one, 'connecting', 2);
    const again = (await connected(one, 'synced', 3)).slice(before.length);
    expect(new Set(again)).toEqual(new Set(before));
    expect((await connected(one, 'synced', 3)).slice(before.length)).toEqual(again);
  });
  test('is told the list that it did not take before', async () => {
    const one = await startSingleHost({ members: true });
    await connected(one, 'synced', 1);
    one.relay.refuses = ({ kind }) => kind === 30_000;
    const before = (await connected(one, 'synced', 2)).length;
    one.relay.refuses = () => false;
    await one.time.pass(15_000);
    expect(lists(one).length).toBeGreaterThan(before);
  });
});

describe('a members list that no relay takes', () => {
  const TROUBLE: readonly [string, (one: SingleHost, isThere: boolean) => void, string][] = [
    [
      'since it refuses it',
      ({ relay }, isThere) => {
        relay.refuses = ({ kind }) => isThere && kind === 30_000;
      },
      'the relay rejected the members list',
    ],
    [
      'since none answers',
      ({ relay }, isThere) => {
        relay.isSynced = !isThere;
      },
      'no relay is reachable',
    ],
  ];
  test.each(TROUBLE)(
    '%s, keeps nobody from their routes, is told, and tried again',
    async (_why, set, words) => {
      const one = await startSingleHost({ members: true });
      await one.time.pass(1000);
      const before = lists(one).length;
      set(one, true);
      await one.apply();
      await one.time.pass(5000);
      expect(one.routesTo('user')).toHaveLength(1);
      expect([lists(one).length, new Set(one.logged)]).toEqual([before, new Set([words])]);
      set(one, false);
      await one.time.pass(5000);
      const events = lists(one).slice(before);
      const tags = events.flatMap((event) => event.tags.filter(([tag]) => tag === 'p'));
      expect(tags).toEqual(memberKeys(one.host).map((key) => ['p', key]));
      expect(createTickets(one.home).open()).toEqual([]);
    },
  );
});
