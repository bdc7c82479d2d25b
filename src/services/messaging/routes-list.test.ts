/** Routes that no message holds, from the Host's word for them until they are in force: through crashes and newer ones. */
import { beforeEach, describe, expect, test } from 'vitest';
import { introduced, sendRoutes, tellRoutes, trustRunner } from '../../../test/sim/introductions.ts';
import { type ListedRoutes, listedRoutes } from '../../../test/sim/listed-routes.ts';
import { createMessageKit, type MessageKit, type Name } from '../../../test/sim/message-kit.ts';
import { dump } from '../../core/projection/dump.ts';
import { ROWS } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { fetchRoutes, serveBlobs } from './blobs.ts';
import type { Home } from './home.ts';
import { composeEntries } from './send.ts';

let kit: MessageKit;
beforeEach(async () => {
  kit = await introduced();
});

type Send = (drafts: readonly Draft[] | (() => readonly Draft[])) => Promise<void>;
/** What a step of a home says, carried to whom it is for. */
const say = async (from: Name, step: (home: Home, how: { send: Send }) => Promise<void>) => {
  const said: Draft[] = [];
  const home = kit.homeOf(from);
  const send: Send = async (drafts) => {
    const all = typeof drafts === 'function' ? drafts() : drafts;
    const lines = await home.ledger.append(() => composeEntries(home, all));
    for (const { event, seal } of lines) {
      const to = kit.nameOf(event.tags.find(([name]) => name === 'p')![1]!) as Name;
      const made = await kit.deliver(kit.wrap(event, from, to, false, seal), to, event.id);
      if (made !== 'accepted') throw new Error(`to ${to}: ${made}`);
    }
    said.push(...all.slice(0, lines.length));
  };
  await step(home, { send });
  return said;
};
const fetch = (from: Name) => say(from, fetchRoutes);
const serve = () => say('host', serveBlobs);
/** The Host names the list, having it. */
const announce = async (listed: ListedRoutes) => {
  await kit.homes.host.blobs.put(listed.bytes);
  await sendRoutes(kit, listed.body);
};
const inForce = (owner: Name) => {
  const { tables } = kit.homeOf(owner);
  const { pubkey } = kit.who[owner];
  const peers = tables.list('peers', { owner: pubkey }).map(({ name }) => name);
  return { n: tables.get('routes', pubkey)?.n, peers: peers.filter((name) => !name.startsWith('agent-')) };
};
const counts = (owner: Name) => {
  const { tables } = kit.homeOf(owner);
  return [tables.count('peers', { owner: kit.who[owner].pubkey }), tables.count('routes_parts', {})];
};
/** Every process ends; the next ones fold the same lines. */
const crash = () => {
  const before = dump(kit.homes.alice.tables, ROWS);
  kit = createMessageKit(undefined, structuredClone(kit.disks));
  expect(dump(kit.homes.alice.tables, ROWS)).toEqual(before);
};

describe('routes as a list', () => {
  test('are asked for once, and are in force when the last part is here', async () => {
    const listed = listedRoutes(kit, 'alice', ['sibling']);
    await announce(listed);
    expect(inForce('alice')).toEqual({ n: 1, peers: ['node'] });
    expect(await fetch('alice')).toMatchObject([{ type: 'blob.get', body: { sha256: listed.sha256 } }]);
    expect(await fetch('alice')).toEqual([]);
    expect(await serve()).toHaveLength(2);
    expect(inForce('alice')).toEqual({ n: 2, peers: ['sibling'] });
    expect(counts('alice')).toEqual([101, 0]);
    expect([await fetch('alice'), await serve()]).toEqual([[], []]);
  });

  test('come through a crash after every step', async () => {
    const listed = listedRoutes(kit, 'alice', ['sibling']);
    await announce(listed);
    crash();
    await fetch('alice');
    crash();
    const { id } = kit.homes.host.tables.list('blob_requests', { sha256: listed.sha256 })[0]!;
    const part = (n: number) =>
      kit.send({ type: 'blob.part', from: 'host', to: 'alice', re: id, body: listed.part(n) });
    await part(1);
    crash();
    expect(inForce('alice')).toEqual({ n: 1, peers: ['node'] });
    expect(await fetch('alice')).toEqual([]);
    await part(0);
    expect(inForce('alice')).toEqual({ n: 2, peers: ['sibling'] });
    crash();
    expect(inForce('alice')).toEqual({ n: 2, peers: ['sibling'] });
    expect(counts('alice')).toEqual([101, 0]);
  });

  test('go to the runner of the node that they are of', async () => {
    await announce(listedRoutes(kit, 'node', ['alice', 'bob']));
    expect(await fetch('node')).toMatchObject([{ from: kit.who.runner.pubkey }]);
    await serve();
    expect(inForce('node')).toEqual({ n: 2, peers: ['alice', 'bob'] });
  });

  test.each([
    ['another list', (n: number) => announce(listedRoutes(kit, 'alice', ['node', 'sibling'], n))],
    ['a message that holds them', (n: number) => tellRoutes(kit, 'alice', ['node', 'sibling'], n)],
  ])('give way to newer ones that come as %s while they are on their way', async (_what, newer) => {
    const old = listedRoutes(kit, 'alice', ['sibling']);
    await announce(old);
    await fetch('alice');
    const { id } = kit.homes.host.tables.list('blob_requests', { sha256: old.sha256 })[0]!;
    const part = (n: number) =>
      kit.tell({ type: 'blob.part', from: 'host', to: 'alice', re: id, body: old.part(n) });
    expect(await part(0)).toBe('accepted');
    await newer(3);
    expect(kit.homes.alice.tables.count('routes_parts', {})).toBe(0);
    expect(await part(1)).toBe('accepted');
    await fetch('alice');
    await serve();
    expect(inForce('alice')).toEqual({ n: 3, peers: ['node', 'sibling'] });
    crash();
    expect(kit.homes.alice.tables.list('announced_routes')).toEqual([]);
  });

  test('that are older than those in force or on their way are not asked for', async () => {
    await announce(listedRoutes(kit, 'alice', ['sibling'], 5));
    await sendRoutes(kit, listedRoutes(kit, 'alice', ['node'], 4).body);
    expect(kit.homes.alice.tables.list('announced_routes')).toMatchObject([{ n: 5 }]);
    await tellRoutes(kit, 'alice', ['node'], 3);
    expect(inForce('alice').n).toBe(3);
    await fetch('alice');
    await serve();
    expect(inForce('alice').n).toBe(5);
    await sendRoutes(kit, listedRoutes(kit, 'alice', ['node', 'sibling'], 4).body);
    expect([kit.homes.alice.tables.list('announced_routes'), await fetch('alice')]).toEqual([[], []]);
  });

  test('that are never served leave those before them in force', async () => {
    await sendRoutes(kit, listedRoutes(kit, 'alice', ['sibling']).body);
    await fetch('alice');
    expect(await serve()).toEqual([]);
    expect(inForce('alice')).toEqual({ n: 1, peers: ['node'] });
  });

  test('are not served to a runner that is trusted no more', async () => {
    await announce(listedRoutes(kit, 'node', ['alice']));
    await fetch('node');
    await trustRunner(kit, 'runner', 'revoked');
    expect(await serve()).toEqual([]);
  });
});
