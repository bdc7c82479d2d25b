/** Who is told what of the graph, and that nobody who is out is told of. */
import { describe, expect, test } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import {
  HOST_GRAPH,
  type SingleHost,
  startSingleHost,
  WITH_HELPER,
  WITHOUT_BOB,
} from '../../../test/sim/single-host.ts';
import type { Name } from '../../../test/support/world.ts';
import { writeSshPrivateKey } from '../../core/crypto/ssh-private-key.ts';
import { toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { readRoutesList } from '../../core/protocol/routes-list.ts';
import { graphDelivery } from './graph-state.ts';
import { setPrincipal } from './principals.ts';
import { liveAssignment, loadAccepts, pendingRoutes, routesBasis, sayRoutes } from './routes.ts';
import { NO_ROUTES_MADE } from './routes-made-of.ts';
import { setSecret } from './secrets.ts';

const PUSH_KEY = writeSshPrivateKey(new Uint8Array(32).fill(11), 'bot', new Uint8Array(4));

/** The newest routes of a key once the Host has nothing more to say. */
const newest = async (one: SingleHost, owner: Name) => {
  await one.time.pass(1000);
  return one.routesTo(owner).at(-1);
};
const builderOf = (routes: Awaited<ReturnType<typeof newest>>) =>
  routes!.body.peers.find((peer) => peer.name === 'builder');

describe('routes', () => {
  test('go to people by their own key and to nodes through their runner', async () => {
    const one = await startSingleHost();
    await one.place();
    const toAlice = await newest(one, 'user');
    expect(toAlice).toMatchObject({
      to: one.actors.user.pubkey,
      body: { revision: 1, self: { name: 'alice' } },
    });
    expect(builderOf(toAlice)).toMatchObject({ pubkey: one.actors.node.pubkey });
    const toNode = await newest(one, 'node');
    expect(toNode).toMatchObject({ to: one.actors.runner.pubkey, body: { self: { name: 'builder' } } });
    expect(toNode!.body.peers.map(({ pubkey }) => pubkey).sort()).toEqual(
      [one.actors.user.pubkey, one.actors.bob.pubkey].sort(),
    );
    // Only the last word to somebody who is out is given up after a while.
    expect(toAlice!.event.tags.filter(([tag]) => tag === 'expiration')).toEqual([]);
  });

  test('are said again to whoever joins after they were said, once, and to nobody else', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.join('user', 'alice');
    await newest(one, 'user');
    const before = { alice: one.routesTo('user').length, bob: one.routesTo('bob').length };
    // A home of bob's that was never let in may have acknowledged them
    await one.join('bob', 'bob');
    await one.join('user', 'alice', {}, true);
    await newest(one, 'user');
    const [said, again] = one.routesTo('user').slice(-2);
    expect(again!.body).toEqual({ ...said!.body, n: said!.body.n + 1, nonce: expect.any(String) });
    await one.time.pass(60_000);
    expect(one.routesTo('user')).toHaveLength(before.alice + 1);
    expect(one.routesTo('bob')).toHaveLength(before.bob + 1);
  });

  test('name each node by its own key', async () => {
    const one = await startSingleHost();
    const { node, peer } = one.actors;
    await one.apply(WITH_HELPER.replace(/\]\n$/, ', alice delegates_to helper]\n'));
    await one.addRunner('runner', 'r1');
    await one.time.until('both offers', () => one.said('assignment.offer').length === 2, 5000);
    await one.accept(one.offers('builder')[0]!, node);
    await one.accept(one.offers('helper')[0]!, peer);
    const { peers } = (await newest(one, 'user'))!.body;
    expect(Object.fromEntries(peers.map(({ name, pubkey }) => [name, pubkey]))).toEqual({
      builder: node.pubkey,
      helper: peer.pubkey,
    });
    expect((await newest(one, 'peer'))!.body.self).toMatchObject({ name: 'helper' });
  });

  test('are other ones when another node key is at work, though as many are', async () => {
    const one = await startSingleHost();
    await one.place();
    const row = one.home.tables.list('assignments')[0]!;
    const before = routesBasis(one.host);
    const { n, chain } = one.home.ledger.head;
    const changed = (other: Partial<typeof row>, lines: number) => {
      one.home.tables.put('head', { id: 'ledger', n: n + lines, chain });
      one.home.tables.put('assignments', { ...row, ...other, line: n + lines });
      return routesBasis(one.host);
    };
    const other = changed({ pubkey: one.actors.peer.pubkey }, 1);
    expect(other).not.toBe(before);
    const fence = changed({ fence: 2 }, 2);
    expect([before, other]).not.toContain(fence);
    // Nobody is told whether it has begun
    expect(changed({ fence: 2, state: 'active' }, 3)).toBe(fence);
  });

  test('tell people what holds back what they approve, and anew when that changes', async () => {
    const one = await startSingleHost();
    await one.apply(
      HOST_GRAPH.replace(
        'policy: { sandbox: none }',
        `workspace: { repository: "ssh://git@example.org/a.git", base: main, principal: bot }
    policy: { sandbox: none, approval: { source.publish: { by: [alice], quorum: 1 } } }`,
      ).replace('edges: [', 'edges: [alice approves builder, '),
    );
    const gates = () => one.routesTo('user').map(({ body }) => body.peers.map(({ gate }) => gate));
    await one.time.until('the first', () => gates().length > 0, 5000);
    expect(gates().at(-1)).toEqual(['promised']);
    await setSecret(one.host, { name: 'push', value: toBase64(utf8(PUSH_KEY)) }, 'op');
    const facts = { author: 'Bot <bot@example.com>', ssh: null, https: null, knownHosts: null };
    const push = { secret: 'push', scheme: 'ssh' as const };
    await setPrincipal(one.host, { name: 'bot', facts: { ...facts, push } }, 'op');
    await one.time.until('another', () => gates().at(-1)?.[0] === 'enforced', 60_000);
    await one.close();
  });

  test('name the newest of two assignments of a node', async () => {
    const one = await startSingleHost();
    const { assignment } = await one.place();
    const row = one.home.tables.get('assignments', assignment)!;
    // Before and behind it in the order of ids
    for (const [id, fence] of [
      ['0', 3],
      ['f', 2],
    ] as const)
      one.home.tables.put('assignments', { ...row, id, fence });
    expect(liveAssignment(one.host, 'builder')).toMatchObject({ fence: 3 });
    one.home.tables.put('assignments', { ...row, id: 'f', fence: 4 });
    expect(liveAssignment(one.host, 'builder')).toMatchObject({ fence: 4 });
  });

  test('carry the runner’s word for the key of a node', async () => {
    const one = await startSingleHost();
    await one.place();
    const peer = builderOf(await newest(one, 'user'));
    expect(peer).toMatchObject({ accept: { pubkey: one.actors.runner.pubkey } });
    expect([...one.host.accepts.keys()]).toEqual([one.offers()[0]!.body.assignment]);
  });

  test('carry as many of these words as their message holds, and go out all the same', async () => {
    const one = await startSingleHost();
    const agent =
      '{ kind: agent, engine: { type: exec, auth: none, command: ["true"] }, policy: { sandbox: none } }';
    const nodes = Array.from({ length: 16 }, (_, i) => `n${i + 10}`);
    const lines = nodes.map((name) => `  ${name}: ${agent}\n`).join('');
    const edges = nodes.map((name) => `alice delegates_to ${name}`).join(', ');
    await one.addRunner('runner', 'r1');
    await one.apply(
      `graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n${lines}edges: [${edges}]\n`,
    );
    await one.time.until('all offers', () => one.said('assignment.offer').length === nodes.length, 5000);
    for (const offer of one.said('assignment.offer')) {
      const secretKey = one.random(32);
      const pubkey = toHex(one.suite.publicKey(secretKey));
      await one.accept(offer, { role: 'node', name: offer.body.node, pubkey, secretKey });
    }
    const { peers } = (await newest(one, 'user'))!.body;
    expect(peers.filter(({ pubkey }) => pubkey !== null)).toHaveLength(nodes.length);
    const proven = peers.filter(({ accept }) => accept).length;
    expect([proven > 0, proven < nodes.length]).toEqual([true, true]);
  });

  test('name no key on a runner that is trusted no more, and go to it no more', async () => {
    const one = await startSingleHost();
    await one.place();
    expect(builderOf(await newest(one, 'user'))).toMatchObject({ pubkey: one.actors.node.pubkey });
    const told = one.routesTo('node').length;
    await one.trust('runner', 'r1', 'revoked');
    // Before anything else follows from it: what would be said in this moment.
    expect(pendingRoutes(one.host).find(({ draft: { to } }) => to === one.actors.user.pubkey)).toMatchObject({
      draft: { body: { peers: [{ name: 'builder', pubkey: null }] } },
    });
    expect(builderOf(await newest(one, 'user'))).toMatchObject({ pubkey: null });
    expect(one.routesTo('node')).toHaveLength(told);
    await loadAccepts(one.host);
    expect(one.host.accepts.size).toBe(0);
  });

  test('are said once, and anew under the next number when something changed', async () => {
    const one = await startSingleHost();
    await one.place();
    await newest(one, 'user');
    const before = one.routesTo('user').map(({ body }) => body.n);
    await one.time.pass(30_000);
    expect(one.routesTo('user').map(({ body }) => body.n)).toEqual(before);
    expect(pendingRoutes(one.host)).toEqual([]);
    await one.apply(HOST_GRAPH.replace('bob delegates_to builder', 'bob approves builder'));
    expect(await newest(one, 'bob')).toMatchObject({ body: { revision: 2 } });
    const numbers = one.routesTo('bob').map(({ body }) => body.n);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });

  test('of who is out of the graph name nobody: said once, for a week', async () => {
    const one = await startSingleHost();
    await one.apply();
    await newest(one, 'bob');
    await one.apply(WITHOUT_BOB);
    const last = await newest(one, 'bob');
    expect(last).toMatchObject({ body: { revision: 2, peers: [], approval: {}, policy: {} } });
    const expiration = Number(last!.event.tags.find(([tag]) => tag === 'expiration')![1]);
    expect(expiration - last!.event.created_at).toBe(7 * 86_400);
    const told = one.routesTo('bob').length;
    await one.time.pass(30_000);
    expect([one.routesTo('bob').length, pendingRoutes(one.host)]).toEqual([told, []]);
    await one.apply(WITHOUT_BOB.replace('["true"]', '["false"]'));
    await one.time.pass(1000);
    expect(one.routesTo('bob')).toHaveLength(told);
  });
});

describe('a revision', () => {
  const told = async (before: string, after: string) => {
    const one = await startSingleHost();
    await one.apply(before);
    await one.addRunner('runner', 'r1');
    await one.time.until('offers', () => one.said('assignment.offer').length === 1, 5000);
    await one.accept(one.offers('builder')[0]!, one.actors.node);
    await one.time.pass(1000);
    const count = () => (['user', 'bob', 'node'] as const).map((owner) => one.routesTo(owner).length);
    const was = count();
    await one.apply(after);
    await one.time.pass(5000);
    const delivery = await graphDelivery(one.host);
    return { one, delivery, news: count().map((n, i) => n - was[i]!) };
  };
  const sinceOf = (one: SingleHost, owner: Name) =>
    one
      .routesTo(owner)
      .at(-1)!
      .body.peers.map(({ name, since }) => [name, since]);

  test('is told to both whose edge it changes, and to nobody else', async () => {
    const slower = HOST_GRAPH.replace(
      'bob delegates_to builder',
      '{ from: bob, relation: delegates_to, to: builder, rate: 5/hour }',
    );
    const { one, news } = await told(HOST_GRAPH, slower);
    expect(news).toEqual([0, 1, 1]);
    expect(sinceOf(one, 'bob')).toEqual([['builder', undefined]]);
    // With alice it stands as before: what is said between the two waits for nothing.
    expect(sinceOf(one, 'node')).toEqual([
      ['alice', 1],
      ['bob', undefined],
    ]);
    expect(one.routesTo('node').at(-1)!.body.revision).toBe(2);
  });

  test('T180 that changes who approves, how many and what is told to all who approve', async () => {
    const approving = (quorum: number) =>
      HOST_GRAPH.replace(
        'policy: { sandbox: none }',
        `workspace: { repository: "ssh://git@example.org/a.git", base: main }
    policy: { sandbox: none, approval: { source.publish: { by: [alice, bob], quorum: ${quorum} } } }`,
      ).replace('edges: [', 'edges: [alice approves builder, bob approves builder, ');
    const { one, news } = await told(approving(1), approving(2));
    expect(news).toEqual([1, 1, 1]);
    expect(one.routesTo('user').at(-1)!.body).toMatchObject({ revision: 2, peers: [{ name: 'builder' }] });
    for (const owner of ['user', 'bob', 'node'] as const)
      expect(sinceOf(one, owner).map(([, since]) => since)).not.toContain(1);
  });

  test('is looked for only where something differs of what routes are made of: that is the same as looking everywhere', async () => {
    const one = await startSingleHost();
    const text = WITH_HELPER.replace(
      'edges: [',
      'edges: [alice approves builder, builder delegates_to helper, ',
    );
    const policy = (by: string) =>
      `policy: { sandbox: none, approval: { source.publish: { by: [${by}], quorum: 1 } } }`;
    const inFull = text.replace(/policy: .*/, policy('alice'));
    const revisions = [
      inFull,
      inFull.replace(
        'builder delegates_to helper',
        '{ from: builder, relation: delegates_to, to: helper, rate: 1/hour }',
      ),
      inFull.replace(/policy: .*/, 'policy: { sandbox: bwrap, network: ["example.org:443"] }'),
      inFull.replace('pubkey: $bob', 'pubkey: $bob, person: alice'),
      inFull.replace(
        'bob: { kind: user, pubkey: $bob }',
        'bob: { kind: user, pubkey: $bob }\n  peer: { kind: user, pubkey: $peer }',
      ),
      inFull.replace('["true"]', '["false"]'),
      WITHOUT_BOB,
      inFull,
    ];
    const found = () => {
      const near = pendingRoutes(one.host).map(({ draft }) => draft);
      expect(near).toEqual(
        pendingRoutes({ ...one.host, lastTold: NO_ROUTES_MADE }).map(({ draft }) => draft),
      );
      return near.length;
    };
    const counts: number[] = [];
    await one.addRunner('runner', 'r1');
    for (const revision of revisions) {
      await one.apply(revision);
      counts.push(found());
      await one.time.pass(1000);
      for (const offer of one.said('assignment.offer')) {
        if (one.home.tables.get('assignments', offer.body.assignment)?.state !== 'offered') continue;
        const secretKey = one.random(32);
        const pubkey = toHex(one.suite.publicKey(secretKey));
        await one.accept(offer, { role: 'node', name: offer.body.node, pubkey, secretKey });
      }
      counts.push(found());
      await one.time.pass(1000);
      expect(found()).toBe(0);
    }
    await one.join('user', 'alice');
    counts.push(found());
    await one.trust('runner', 'r1', 'revoked');
    counts.push(found());
    expect(counts.filter((n) => n > 0).length).toBeGreaterThan(6);
  });

  test('that concerns nobody is with everybody who has what was told before', async () => {
    const { one, news, delivery } = await told(
      HOST_GRAPH,
      `${HOST_GRAPH}tests: [alice may task.request builder]\n`,
    );
    expect(news).toEqual([0, 0, 0]);
    expect(delivery.revision).toBe(2);
    const acked = () => graphDelivery(one.host).then(({ parties }) => parties.map((party) => party.acked));
    expect(await acked()).toEqual([false, false, false]);
    const [alice] = one.home.tables.list('outbox', { type: 'routes', recipient: one.actors.user.pubkey });
    one.home.tables.remove('outbox', alice!.id);
    expect(await acked()).toEqual([true, false, false]);
    one.host.told = 'something else';
    expect(await acked()).toEqual([false, false, false]);
  });
});

/** Alice above so many agents, none of which runs. */
const hub = (count: number): string => {
  const names = Array.from({ length: count }, (_, i) => `agent-${i}`);
  const agent =
    '{ kind: agent, engine: { type: exec, auth: none, command: ["true"] }, placement: { labels: { x: y } } }';
  const nodes = names.map((name) => `  ${name}: ${agent}\n`).join('');
  const edges = names.map((name) => `alice delegates_to ${name}`).join(', ');
  return `graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n${nodes}edges: [${edges}]\n`;
};

describe('routes that no message holds', () => {
  const applied = async (count: number) => {
    const one = await startSingleHost();
    await one.apply(hub(count));
    return { one, told: (await newest(one, 'user'))! };
  };

  test('name a list of their peers, which is here before they are said', async () => {
    const { one, told } = await applied(150);
    expect(told.body).toMatchObject({ peers: [], list: { peers: 150 } });
    expect(told.event.tags.filter(([tag]) => tag === 'expiration')).toEqual([]);
    const bytes = await one.home.blobs.get(told.body.list!.sha256);
    const { epoch } = one.home;
    const { n, self } = told.body;
    expect(bytes!.length).toBe(told.body.list!.size);
    expect(readRoutesList(bytes!)).toMatchObject({ owner: self.pubkey, epoch: epoch!.n, n });
    expect(readRoutesList(bytes!)!.peers.map(({ name }) => name)).toContain('agent-149');
  });

  test('are in the message as long as they fit', async () => {
    const { told } = await applied(60);
    expect(told.body.list).toBe(undefined);
    expect(told.body.peers).toHaveLength(60);
  });

  test('are said once, and under the next number with a list of their own when something changed', async () => {
    const { one, told } = await applied(150);
    await one.time.pass(30_000);
    expect([one.routesTo('user').length, pendingRoutes(one.host)]).toEqual([1, []]);
    await one.apply(hub(151));
    const next = await newest(one, 'user');
    expect(next!.body).toMatchObject({ n: told.body.n + 1, list: { peers: 151 } });
    await one.apply(hub(2));
    const last = await newest(one, 'user');
    expect(last!.body).toMatchObject({ n: told.body.n + 2, peers: [{}, {}] });
  });

  test('wait for the next round when something else became true while their list was kept', async () => {
    const { one } = await applied(150);
    await one.apply(hub(151));
    await newest(one, 'user');
    const told = one.routesTo('user').length;
    one.host.graph = graphOf(one.world, hub(152));
    expect(await sayRoutes(one.host, 'another basis')).toBe(false);
    expect(one.routesTo('user')).toHaveLength(told);
    expect(await sayRoutes(one.host, routesBasis(one.host))).toBe(true);
    expect(one.routesTo('user')).toHaveLength(told + 1);
  });

  test('are served part by part to whom they were named, as long as the graph has a place for them', async () => {
    const { one, told } = await applied(150);
    const { sha256 } = told.body.list!;
    await one.hear({ type: 'blob.get', from: 'user', to: 'host', body: { sha256 } });
    await one.time.pass(1000);
    expect(one.said('blob.part').map(({ to, body }) => [to, body.n, body.of])).toEqual([
      [one.actors.user.pubkey, 0, 2],
      [one.actors.user.pubkey, 1, 2],
    ]);
  });
});
