/** Who may use a relay of ours: nobody who is out, and whoever is in from that moment. */
import { describe, expect, test } from 'vitest';
import { type SingleHost, startSingleHost, WITHOUT_BOB } from '../../../test/sim/single-host.ts';
import { createTickets } from '../messaging/tickets.ts';
import { invite } from './invite.ts';
import { memberKeys, membersEvents } from './routes.ts';

const names = (one: SingleHost, keys: readonly string[]): string[] =>
  keys.map((key) => one.world.byKey.get(key)?.name ?? '?').sort();

describe('members of the relay', () => {
  test('are the Host, runners, people and running nodes', async () => {
    const one = await startSingleHost();
    await one.place();
    const keys = memberKeys(one.host);
    expect(names(one, keys)).toEqual(['bob', 'host', 'node', 'runner', 'user']);
    // In one order: the same members are the same list, which is not published again.
    expect(keys).toEqual([...keys].sort());
    const [first] = membersEvents(one.host, { keys, tickets: [] }, 0);
    expect(first!.tags.slice(2)).toEqual(keys.map((key) => ['p', key]));
    expect(first!.created_at).toBe(Math.floor(one.time.clock.now() / 1000));
  });
  test('B5: are not who only holds an invite; its ticket is listed until the invite is over', async () => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    await one.join('bob', 'bob');
    expect(names(one, memberKeys(one.host))).toEqual(['host']);
    const tickets = createTickets(one.home);
    expect(tickets.open()).toHaveLength(2);
    const [first] = membersEvents(one.host, { keys: memberKeys(one.host), tickets: tickets.open() }, 0);
    expect(first!.tags.slice(3)).toEqual(tickets.open().map((key) => ['ticket', key]));
    await one.trust('runner', 'r1', 'trusted');
    expect(names(one, memberKeys(one.host))).toEqual(['host', 'runner']);
    await one.time.pass(60_000);
    expect(tickets.open()).toEqual([]);
  });
  test('are not a runner that was thrown out, its node, and who left the graph', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.join('runner2', 'r2');
    await one.trust('runner2', 'r2', 'rejected');
    await one.trust('runner', 'r1', 'revoked');
    await one.apply(WITHOUT_BOB);
    await one.time.pass(1000);
    expect(names(one, memberKeys(one.host))).toEqual(['host', 'user']);
  });
  test('are not a runner that was thrown out, though a revision names its key as a person', async () => {
    const one = await startSingleHost();
    await one.place();
    const { pubkey } = one.actors.runner;
    one.home.tables.put('users', { pubkey, name: 'carol', revision: 1 });
    expect(memberKeys(one.host)).toContain(pubkey);
    await one.trust('runner', 'r1', 'revoked');
    expect(memberKeys(one.host)).not.toContain(pubkey);
  });
  test('are not the node of a runner that was thrown out, before its assignment is over', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.trust('runner', 'r1', 'revoked');
    expect(names(one, memberKeys(one.host))).toEqual(['bob', 'host', 'user']);
  });
  test('are listed in parts that every relay takes, with an empty one at the end', async () => {
    const one = await startSingleHost();
    const keys = Array.from({ length: 801 }, (_, i) => i.toString(16).padStart(64, '0'));
    const parts = membersEvents(one.host, { keys, tickets: [] }, 0);
    expect(parts.map(({ tags }) => [tags[0]![1], tags.length - 1])).toEqual([
      ['entangle/members', 801],
      ['entangle/members/2', 1],
      ['entangle/members/3', 0],
    ]);
    const [again] = membersEvents(one.host, { keys, tickets: [] }, parts[0]!.created_at);
    expect(again!.created_at).toBe(parts[0]!.created_at + 1);
  });
  test('are published when they change, and not again before', async () => {
    const one = await startSingleHost({ members: true });
    const lists = () => one.published.filter(({ kind }) => kind === 30_000).length;
    await one.time.pass(30_000);
    const before = lists();
    expect(before).toBe(2);
    await one.join('runner', 'r1');
    await one.time.pass(30_000);
    expect(lists()).toBe(before + 2);
  });
  test('are published with the ticket of an invite as soon as it is made', async () => {
    const one = await startSingleHost({ members: true });
    await one.time.pass(1_000);
    await invite(one.host, { role: 'user', name: 'bob', expiresMs: 60_000 });
    await one.time.pass(1_000);
    const last = one.published.filter(({ kind }) => kind === 30_000).at(-2);
    expect(last!.tags.filter(([tag]) => tag === 'ticket')).toHaveLength(1);
  });
  test('are published nowhere but where the relay is our own', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.time.pass(30_000);
    expect(one.published.filter(({ kind }) => kind === 30_000)).toEqual([]);
  });
});
