/** Where the Host puts nodes, what ends there, and that no two offers of one node share a fence. */
import { describe, expect, test } from 'vitest';
import {
  HOST_GRAPH,
  LEASE_MS,
  OPERATOR,
  type SingleHost,
  startSingleHost,
} from '../../../test/sim/single-host.ts';
import { probedAs, UNASKED_FACTS } from '../../../test/support/probe-records.ts';
import type { Name } from '../../../test/support/world.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import type { RunnerHello } from '../../core/projection/queries.ts';
import { createAssignment, listAssignments } from './assignments.ts';
import { graphState } from './graph-state.ts';
import { reconcileAssignments } from './reconcile-assignments.ts';
import { showRunner } from './runners.ts';

const AGENT = 'kind: agent, engine: { type: exec, auth: none, command: ["true"] }, policy: { sandbox: none }';
/** Agents, each with what its line adds. */
const graphWith = (agents: Record<string, string>): string =>
  `graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n${Object.entries(agents)
    .map(([name, more]) => `  ${name}: { ${AGENT}${more} }\n`)
    .join('')}edges: [${Object.keys(agents)
    .map((name) => `alice delegates_to ${name}`)
    .join(', ')}]\n`;
const onMac = ', placement: { labels: { os: mac } }';
const placesOf = (one: SingleHost): string[] =>
  one
    .said('assignment.offer')
    .map(({ to, body }) => `${body.node} ${one.world.byKey.get(to)!.name} ${body.fence}`);
const MARGIN_MS = 5_000;
/** Both runners are heard, and nobody acknowledges anything. */
const heardFor = async (one: SingleHost, ms: number) => {
  for (let left = ms; left > -10_000; left -= 10_000) {
    await one.heartbeat('runner');
    await one.heartbeat('runner2');
    await one.time.pass(10_000);
  }
};
const settle = ({ time }: SingleHost) => time.pass(1000);
const reject = (one: SingleHost, from: Name, reason = 'no_sandbox') => {
  const { body, event } = one.said('assignment.offer').at(-1)!;
  const { assignment, fence } = body;
  const about = { assignment, fence, reason, detail: 'no sandbox bwrap here' };
  return one.hear({ type: 'assignment.reject', from, to: 'host', re: event.id, body: about });
};

const presentAgain = async (one: SingleHost, version: string) => {
  const { detail } = one.home.tables.get('hellos', one.actors.runner.pubkey)! as RunnerHello;
  await one.hear({
    type: 'runner.hello',
    from: 'runner',
    to: 'host',
    body: { ...detail, name: 'r1', version },
  });
  await one.heartbeat('runner');
  await settle(one);
};

describe('what runs nowhere', () => {
  test('goes to the trusted, live runners that fit, evenly', async () => {
    const one = await startSingleHost();
    await one.apply(graphWith({ a: '', b: '', c: onMac }));
    await one.join('runner', 'r1', { labels: { os: 'mac' } });
    await one.time.pass(30_000);
    expect(placesOf(one)).toEqual([]);
    await one.addRunner('runner2', 'r2');
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner2 1', 'b runner2 1']);
    await one.trust('runner', 'r1');
    await one.time.pass(30_000);
    expect(placesOf(one)).toHaveLength(2);
    await one.heartbeat('runner');
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner2 1', 'b runner2 1', 'c runner 1']);
  });

  test('goes where the memory of its agent is, and says how much is wanted where that is nowhere', async () => {
    const one = await startSingleHost();
    const acp = (memory: number) => `engine: { type: acp, auth: none, command: ["x"], memory: ${memory} }`;
    const graph = graphWith({ a: '', b: '', c: '', d: '' });
    let n = 0;
    // By the number of their nodes, c would go where a is
    const needs = [600, 16, 600, 900];
    const offer = { engines: ['acp' as const], memory: 800 };
    await one.addRunner('runner', 'r1', offer);
    await one.addRunner('runner2', 'r2', offer);
    await one.apply(graph.replaceAll(/engine: \{[^}]*\}/g, () => acp(needs[n++]!)));
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner 1', 'b runner2 1', 'c runner2 1']);
    expect(showRunner(one.host, 'r1').memory).toBe(800);
    await expect(createAssignment(one.host, { node: 'd', runner: 'r1' }, OPERATOR)).rejects.toThrow(
      'its agent wants 900 MiB of memory, and 800 are there',
    );
    const taken = graphState(one.host).runners.map((runner) => [runner.name, runner.taken]);
    expect(Object.fromEntries(taken)).toEqual({ r1: 600, r2: 616 });
  });

  test('is shared out by how much each runner has', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.addRunner('runner2', 'r2');
    await one.apply(graphWith({ a: '', b: '', c: '', d: '' }));
    await settle(one);
    expect(placesOf(one).sort()).toEqual(['a runner 1', 'b runner2 1', 'c runner 1', 'd runner2 1']);
  });

  test('goes to who has least, counting what ran before', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.apply(graphWith({ a: '' }));
    await settle(one);
    await one.addRunner('runner2', 'r2');
    await one.apply(graphWith({ a: '', b: '' }));
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner 1', 'b runner2 1']);
  });

  test('is tried again when a runner says that it is another than it was', async () => {
    const one = await startSingleHost();
    await one.apply(graphWith({ a: onMac }));
    await one.addRunner('runner', 'r1');
    await one.time.pass(30_000);
    expect(placesOf(one)).toEqual([]);
    const { detail } = one.home.tables.get('hellos', one.actors.runner.pubkey)! as RunnerHello;
    const body = { ...detail, labels: { os: 'mac' } };
    await one.hear({ type: 'runner.hello', from: 'runner', to: 'host', body });
    await one.heartbeat('runner');
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner 1']);
  });

  test('that is to be enforced goes where its agent was seen to ask, and nowhere before', async () => {
    const one = await startSingleHost();
    await one.apply(
      `${graphWith({ a: '' })
        .replace(/engine: \{[^}]*\}/, 'engine: { type: acp, auth: none, command: ["agent"] }')
        .replace(
          /policy: \{[^}]*\}/,
          'policy: { sandbox: bwrap, require: enforced, approval: { command.run: { by: [alice], quorum: 1 } } }',
        )
        .replace(']\n', ', alice approves a]\n')}`,
    );
    const offers = { engines: ['acp' as const], sandbox: ['bwrap' as const] };
    await one.addRunner('runner', 'r1', offers);
    const seen = (facts = {}) => probedAs('["agent"]', { sandbox: 'bwrap', ...facts });
    await one.addRunner('runner2', 'r2', { ...offers, probes: [seen({ facts: UNASKED_FACTS })] });
    await one.time.pass(30_000);
    expect(placesOf(one)).toEqual([]);
    await expect(createAssignment(one.host, { node: 'a', runner: 'r1' }, OPERATOR)).rejects.toThrow(
      'was not tried',
    );
    const { detail } = one.home.tables.get('hellos', one.actors.runner.pubkey)! as RunnerHello;
    await one.hear({
      type: 'runner.hello',
      from: 'runner',
      to: 'host',
      body: { ...detail, probes: [seen()] },
    });
    expect(showRunner(one.host, 'r1').probes).toMatchObject([{ agent: '["agent"]', holds: true }]);
    await one.heartbeat('runner');
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner 1']);
  });

  test('is looked at again where it was refused for want of a probe, when that runner presents itself anew', async () => {
    const one = await startSingleHost();
    await one.apply(graphWith({ a: '' }));
    await one.addRunner('runner', 'r1');
    await settle(one);
    const again = (version: string) => presentAgain(one, version);
    await reject(one, 'runner', 'no_probe');
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner 1']);
    await again('1');
    expect(placesOf(one)).toEqual(['a runner 1', 'a runner 2']);
    await reject(one, 'runner', 'no_probe');
    await settle(one);
    expect(placesOf(one)).toHaveLength(2);
    // What it tried gives it nothing else that it lacked
    await again('2');
    await reject(one, 'runner', 'no_sandbox');
    await again('3');
    expect(placesOf(one)).toHaveLength(3);
  });

  test('is not offered without end to a runner that refuses it for want of a probe and presents itself in turn', async () => {
    const one = await startSingleHost();
    await one.apply(graphWith({ a: '' }));
    await one.addRunner('runner', 'r1');
    for (let n = 0; n < 12; n++) {
      await settle(one);
      if (one.offers('a').length > n) await reject(one, 'runner', 'no_probe');
      await presentAgain(one, `${n}`);
    }
    expect(placesOf(one)).toHaveLength(8);
    await one.addRunner('runner2', 'r2');
    await settle(one);
    expect(placesOf(one).at(-1)).toBe('a runner2 9');
  });

  test('is not offered without end to a runner that takes it and fails in turn', async () => {
    const one = await startSingleHost();
    await one.apply(graphWith({ a: '' }));
    await one.addRunner('runner', 'r1');
    for (let n = 0; n < 12; n++) {
      await settle(one);
      const offer = one.offers('a').at(-1)!;
      const { assignment, fence } = offer.body;
      if (one.home.tables.get('assignments', assignment)!.state !== 'offered') break;
      const secretKey = one.random(32);
      const pubkey = toHex(one.suite.publicKey(secretKey));
      await one.accept(offer, { role: 'node', name: 'a', secretKey, pubkey });
      const body = { assignment, fence, state: 'failed' as const };
      await one.hear({ type: 'assignment.receipt', from: 'runner', to: 'host', re: offer.event.id, body });
      await one.heartbeat('runner');
    }
    expect(placesOf(one)).toHaveLength(8);
    await one.addRunner('runner2', 'r2');
    await settle(one);
    expect(placesOf(one).at(-1)).toBe('a runner2 9');
  });

  test('goes back to where it ran last; where its lease ran out it may go again, where it was refused not', async () => {
    const one = await startSingleHost();
    await one.apply(graphWith({ a: '' }));
    await one.addRunner('runner', 'r1');
    await settle(one);
    await one.time.pass(LEASE_MS + 6000);
    await one.addRunner('runner2', 'r2');
    await createAssignment(one.host, { node: 'a', runner: 'r2' }, OPERATOR);
    await one.heartbeat('runner');
    await reject(one, 'runner2');
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner 1', 'a runner2 2', 'a runner 3']);
    await one.time.pass(LEASE_MS + 6000);
    await one.apply(graphWith({ a: ', placement: { labels: {} }, secrets: [token]' }));
    await settle(one);
    await one.heartbeat('runner2');
    await settle(one);
    expect(placesOf(one).slice(3)).toEqual(['a runner2 4']);
    await one.heartbeat('runner');
    await one.apply(graphWith({ a: ', placement: { labels: {} }, secrets: [other]' }));
    await settle(one);
    expect(placesOf(one).slice(4)).toEqual(['a runner2 5']);
  });

  test('is not put on a runner that is silent', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.time.pass(60_000);
    await one.apply(graphWith({ a: '' }));
    await one.time.pass(30_000);
    expect(placesOf(one)).toEqual([]);
  });

  test('goes back to where it ran, and not to a runner that refused this revision', async () => {
    const one = await startSingleHost();
    await one.apply(graphWith({ a: '' }));
    await one.addRunner('runner2', 'r2');
    await settle(one);
    await one.addRunner('runner', 'r1');
    await one.accept(one.offers('a')[0]!);
    // Another description: its assignment ends, and it is placed anew.
    await one.apply(graphWith({ a: ', placement: { labels: {} }, secrets: [token]' }));
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner2 1', 'a runner2 2']);
    await reject(one, 'runner2');
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner2 1', 'a runner2 2']);
    // It has not acknowledged that what it ran is over
    await heardFor(one, LEASE_MS + MARGIN_MS);
    expect(placesOf(one)).toEqual(['a runner2 1', 'a runner2 2', 'a runner 3']);
    await reject(one, 'runner');
    await one.time.pass(30_000);
    expect(placesOf(one)).toHaveLength(3);
    // The next revision may be another matter.
    await one.apply(graphWith({ a: ', placement: { labels: {} }, secrets: [other]' }));
    await one.heartbeat('runner');
    await settle(one);
    expect(placesOf(one)).toHaveLength(4);
  });
});

describe('an operator moves a node', () => {
  const place = (one: SingleHost, node: string, runner: string) =>
    createAssignment(one.host, { node, runner }, OPERATOR);
  type Refused = { rule: string; code: string; act(one: SingleHost): Promise<unknown> };
  const REFUSED: readonly Refused[] = [
    {
      rule: 'a node that the graph does not have',
      code: 'not_found',
      act: (one) => place(one, 'nobody', 'r1'),
    },
    { rule: 'a person', code: 'not_found', act: (one) => place(one, 'alice', 'r1') },
    { rule: 'to a runner that never joined', code: 'not_found', act: (one) => place(one, 'builder', 'r9') },
    {
      rule: 'to a runner that nobody trusts',
      code: 'not_authorized',
      act: (one) => place(one, 'builder', 'r1'),
    },
    {
      rule: 'to a runner that is trusted no more',
      code: 'not_authorized',
      act: async (one) => {
        await one.trust('runner', 'r1');
        await one.trust('runner', 'r1', 'revoked');
        return place(one, 'builder', 'r1');
      },
    },
    {
      rule: 'to a runner that cannot run it',
      code: 'conflict',
      act: async (one) => {
        await one.join('runner2', 'r2', { sandbox: ['bwrap'] });
        await one.trust('runner2', 'r2');
        return place(one, 'builder', 'r2');
      },
    },
  ];
  test.each(REFUSED)('but not $rule', async ({ code, act }) => {
    const one = await startSingleHost();
    await one.apply();
    await one.join('runner', 'r1');
    // Each says what to do.
    await expect(act(one)).rejects.toMatchObject({ code, hint: expect.stringMatching(/./) });
    expect(placesOf(one)).toEqual([]);
  });

  test('but not before there is a graph', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await expect(place(one, 'builder', 'r1')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('and no other: what else is placed is not in the way', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.addRunner('runner2', 'r2');
    await one.apply(graphWith({ a: '', b: '' }));
    await settle(one);
    expect(placesOf(one)).toEqual(['a runner 1', 'b runner2 1']);
    for (const [node, runner] of [
      ['a', 'r1'],
      ['b', 'r2'],
    ] as const)
      expect(await place(one, node, runner)).toMatchObject({ node, runner, fence: 1 });
    await expect(place(one, 'b', 'r1')).rejects.toMatchObject({ message: expect.stringContaining('"b"') });
  });

  test('and finds it where it is already', async () => {
    const one = await startSingleHost();
    await one.place();
    expect(await place(one, 'builder', 'r1')).toMatchObject({ fence: 1, runner: 'r1', state: 'accepted' });
    expect(placesOf(one)).toHaveLength(1);
    expect(listAssignments(one.host).items).toMatchObject([{ leaseLeftMs: 0 }]);
  });

  test('what its runner says of a refusal is told to who asks', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.apply(HOST_GRAPH);
    await settle(one);
    await reject(one, 'runner');
    const [told] = listAssignments(one.host).items;
    expect(told).toMatchObject({ reason: 'no_sandbox', detail: 'no sandbox bwrap here' });
  });

  test('twice at once, after its lease is over: no two offers share a fence', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.addRunner('runner2', 'r2');
    await one.time.pass(LEASE_MS + 6000);
    await one.heartbeat('runner2');
    const moves = [place(one, 'builder', 'r2'), place(one, 'builder', 'r2')];
    expect((await Promise.all(moves)).map(({ fence }) => fence)).toEqual([2, 2]);
    expect(placesOf(one)).toEqual(['builder runner 1', 'builder runner2 2']);
  });
});

describe('an assignment ends', () => {
  const revoked = (one: SingleHost) => one.said('assignment.revoke').map(({ body }) => body.reason);
  const ENDS: readonly [string, (one: SingleHost) => Promise<unknown>, string][] = [
    [
      'T33 when its runner loses its trust',
      (one) => one.trust('runner', 'r1', 'revoked'),
      'runner_not_trusted',
    ],
    ['when the graph has the node no more', (one) => one.apply(graphWith({ other: onMac })), 'node_removed'],
    [
      'when the graph has a person of that name',
      (one) => one.apply(`graph: acme\nnodes:\n  builder: { kind: user, pubkey: $user }\n`),
      'node_removed',
    ],
    [
      'when the node is another than the one offered',
      (one) => one.apply(HOST_GRAPH.replace('["true"]', '["false"]')),
      'graph_changed',
    ],
  ];
  test.each(ENDS)('%s', async (_when, act, reason) => {
    const one = await startSingleHost();
    const { assignment, fence } = await one.place();
    await settle(one);
    await act(one);
    await settle(one);
    expect(revoked(one)).toEqual([reason]);
    expect(one.home.tables.get('assignments', assignment)).toMatchObject({ state: 'revoked', fence });
  });

  test('when what was offered is not known any more', async () => {
    const one = await startSingleHost();
    const { assignment } = await one.place();
    await settle(one);
    const row = one.home.tables.get('assignments', assignment)!;
    one.home.tables.put('assignments', { ...row, offer: '', line: row.line + 1 });
    await one.apply(HOST_GRAPH.replace('bob delegates_to builder', 'bob approves builder'));
    await settle(one);
    // Its node is as it was: the offer is not asked for
    expect(revoked(one)).toEqual([]);
    await one.apply(
      HOST_GRAPH.replace('sandbox: none', 'sandbox: none, approval: { source.publish: { by: [] } }'),
    );
    await settle(one);
    expect(revoked(one)).toEqual(['graph_changed']);
  });

  test('when what was offered is of a revision that came and went before assignments were looked at', async () => {
    const one = await startSingleHost();
    await one.apply(HOST_GRAPH.replace('["true"]', '["false"]'));
    await one.place();
    await settle(one);
    const graph = one.host.graph;
    await one.apply(HOST_GRAPH.replace('["true"]', '["false"]'));
    await one.accept(one.offers().at(-1)!, one.actors.peer);
    await settle(one);
    const before = revoked(one).length;
    // As if the second of three revisions was placed between two looks at the first and the third
    one.host.reconciled = { graph, n: 2 };
    one.host.graph = { ...graph! };
    await reconcileAssignments(one.host);
    expect(revoked(one).slice(before)).toEqual(['graph_changed']);
  });

  test('not when only who approves has changed: that reaches the node as routes', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.apply(
      HOST_GRAPH.replace('sandbox: none', 'sandbox: none, approval: { source.publish: { by: [] } }'),
    );
    await settle(one);
    await one.apply(HOST_GRAPH.replace('bob delegates_to builder', 'bob approves builder'));
    await settle(one);
    expect(revoked(one)).toEqual([]);
  });

  test('T33 and its node goes elsewhere', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.addRunner('runner2', 'r2');
    await one.trust('runner', 'r1', 'revoked');
    await settle(one);
    expect(placesOf(one)).toEqual(['builder runner 1', 'builder runner2 2']);
  });
});

test('a runner without the sandbox of the node is refused, with what to do', async () => {
  const one = await startSingleHost();
  await one.addRunner('runner', 'r1', { sandbox: ['none'] });
  await one.apply(graphWith({ a: '' }).replace('sandbox: none', 'sandbox: bwrap'));
  await expect(createAssignment(one.host, { node: 'a', runner: 'r1' }, OPERATOR)).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining('policy: { sandbox: none }'),
  });
});

describe('what runs on a runner that is not heard', () => {
  const placed = async (leaseMs = LEASE_MS) => {
    const one = await startSingleHost({ leaseMs });
    const held = await one.place();
    await one.addRunner('runner2', 'r2');
    await one.heartbeat('runner', [held]);
    return { one, held };
  };
  /** Time goes on, and the second runner is heard in it. */
  const passes = async (one: SingleHost, ms: number) => {
    for (let left = ms; left > 0; left -= 10_000) {
      await one.time.pass(Math.min(left, 10_000));
      await one.heartbeat('runner2');
    }
    await settle(one);
  };

  test('T191 goes to another that fits when its lease is surely over, and says why; the first is told when it is back', async () => {
    const { one, held } = await placed();
    await passes(one, LEASE_MS + MARGIN_MS - 2_000);
    expect(placesOf(one)).toEqual(['builder runner 1']);
    await passes(one, 10_000);
    expect(placesOf(one)).toEqual(['builder runner 1', 'builder runner2 2']);
    const row = one.home.tables.get('assignments', held.assignment);
    expect(row).toMatchObject({ state: 'expired', reason: 'runner_silent' });
    expect(one.logged).toEqual([
      'runner r1 is stale',
      '"builder" leaves runner r1, which is silent beyond its lease',
    ]);
    await one.heartbeat('runner', [held]);
    await passes(one, 60_000);
    expect(one.said('assignment.revoke')).toMatchObject([{ body: { ...held, reason: 'expired' } }]);
    expect(placesOf(one)).toHaveLength(2);
  });
  test('stays where its runner is heard, though it asks for no renewal', async () => {
    const { one } = await placed();
    for (let n = 0; n < 20; n++) {
      await passes(one, 10_000);
      await one.heartbeat('runner');
    }
    expect(placesOf(one)).toHaveLength(1);
  });
  test('stays where its lease may go on for longer than its runner is silent', async () => {
    const { one } = await placed(600_000);
    await passes(one, 600_000);
    expect(placesOf(one)).toHaveLength(1);
    await passes(one, 20_000);
    expect(placesOf(one)).toHaveLength(2);
  });
  test('stays for a minute where the lease is a short one, and after each start of the Host', async () => {
    const { one } = await placed(5_000);
    await passes(one, 40_000);
    expect(placesOf(one)).toHaveLength(1);
    await passes(one, 30_000);
    expect(placesOf(one)).toHaveLength(2);
  });
  test('stays where no other runner fits, and goes on there', async () => {
    const one = await startSingleHost();
    const held = await one.place();
    await one.heartbeat('runner', [held]);
    await one.addRunner('runner2', 'r2', { sandbox: ['bwrap'] });
    await passes(one, 300_000);
    expect(placesOf(one)).toHaveLength(1);
    await one.heartbeat('runner', [held]);
    expect(one.fleeting('assignment.renew').at(-1)!.body.leases).toMatchObject([held]);
  });
});
