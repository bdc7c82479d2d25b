/**
 * Random revisions in quick succession, whose routes are lost, late, repeated and out of order. A real Host says them, the read
 * models of real homes take them, and their own rules send and judge by them: of each message what both revisions say is asked
 * of the graphs alone.
 */
import { expect, test } from 'vitest';
import { toHex } from '../../src/core/encoding/bytes.ts';
import { edgeDecision, edgesBetween } from '../../src/core/graph/edges.ts';
import type { Graph } from '../../src/core/graph/model.ts';
import { routesOf } from '../../src/core/graph/routes.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { runningAssignments } from '../../src/core/projection/queries.ts';
import { AUTHORIZE_RULES, authorize, type Verdict } from '../../src/core/protocol/authorize.ts';
import { composeMessage, type Draft } from '../../src/core/protocol/compose.ts';
import type { Message } from '../../src/core/protocol/message.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { parseTags } from '../../src/core/protocol/tags.ts';
import { GRAPH_TYPES } from '../../src/services/graph/types.ts';
import { authorizationContextOf } from '../../src/services/messaging/authorization-context.ts';
import { epochOf, type Home, type Identity } from '../../src/services/messaging/home.ts';
import { composeEntries } from '../../src/services/messaging/send.ts';
import { isSlow, times } from '../support/counts.ts';
import { uuidOf } from '../support/world.ts';
import { createDice } from './dice.ts';
import { createMemoryHome, memoryDisk } from './memory-home.ts';
import { changeGraph, firstGraph, graphText, NAMES, PEOPLE } from './revision-dice.ts';
import { startSingleHost } from './single-host.ts';

type Routes = { owner: string; to: string; event: SignedEvent; body: BodyOf<'routes'> };
type Type = 'task.cancel' | 'blob.get';
/** What they know each other by; state and leases are of other tests. */
const RULES = AUTHORIZE_RULES.filter(({ name }) => name !== 'lease' && name !== 'state');
const BODIES = {
  'task.cancel': { session: uuidOf(1), reason: 'no' },
  'blob.get': { sha256: 'ab'.repeat(32) },
} as const satisfies { [T in Type]: BodyOf<T> };
const STEPS = 4;
const SETTLED_MS = 100;

const isAllowed = (graph: Graph | undefined, from: string, type: Type, to: string): boolean => {
  if (!graph?.nodes.has(from) || !graph.nodes.has(to)) return false;
  if (type === 'blob.get') return edgesBetween(graph, from, to).some(({ disabled }) => !disabled);
  return edgeDecision(graph, { from, type, to }, GRAPH_TYPES).kind === 'allowed';
};

const messageOf = (event: SignedEvent, role: 'user' | 'node'): Message => {
  const { tags } = parseTags(event.tags);
  const { seq, epoch, rev, dedup, type, session, conversation, expiration, graph } = tags;
  return {
    ...{
      id: event.id,
      type,
      role,
      from: event.pubkey,
      to: tags.p,
      graph,
      dedup,
      seq,
      epoch,
      rev,
      re: tags.e,
    },
    ...{ session, conversation, expiration, createdAt: event.created_at, ephemeral: false },
    ...{ body: JSON.parse(event.content), event, seal: event },
  };
};

const play = async (seed: string): Promise<void> => {
  const dice = createDice(seed);
  const one = await startSingleHost();
  const { home: host, suite, random, actors, time } = one;
  const homeOf = (kind: 'user' | 'runner', name: string, { secretKey }: { secretKey: Uint8Array }): Home =>
    createMemoryHome({
      ...{ kind, name, suite, random, clock: time.clock, host: host.host, graph: host.graph },
      disk: { ...memoryDisk(random), secretKey },
    });
  const runner = homeOf('runner', 'r1', actors.runner);
  const people = { alice: homeOf('user', 'alice', actors.user), bob: homeOf('user', 'bob', actors.bob) };
  const homes = new Map([runner, people.alice, people.bob].map((home) => [home.self.pubkey, home]));

  const graphs: Graph[] = [];
  const head = (): Graph => graphs.at(-1)!;
  const digest = (text: string): string => toHex(suite.sha256(new TextEncoder().encode(text)));
  const keys = (): Map<string, string> =>
    new Map([
      ...runningAssignments(host.tables).map((row) => [row.node, row.pubkey] as const),
      ...Object.entries(PEOPLE).map(([name, actor]) => [name, actors[actor].pubkey] as const),
    ]);
  /** All that hangs between two, as a graph has it: where one approves what the other does, the policy too. */
  const between = (graph: Graph | undefined, a: string, b: string): string => {
    const edges = graph ? edgesBetween(graph, a, b) : [];
    const approvals = edges.flatMap(({ relation, to }) =>
      relation === 'approves' ? [routesOf(graph!, to, digest)!.policy] : [],
    );
    return JSON.stringify([edges, approvals]);
  };
  /** All that somebody has to be told, as the graph and the running nodes have it. */
  const concerning = (name: string, known: ReadonlyMap<string, string>): string => {
    const graph = head();
    const routes = routesOf(graph, name, digest);
    const peers = routes?.peers.map((peer) => {
      const node = graph.nodes.get(peer.name)!;
      const isGated = node.kind === 'agent' && node.policy.approval.has('source.publish');
      return [known.get(peer.name), between(graph, name, peer.name), isGated];
    });
    return JSON.stringify([routes, peers, known.get(name)]);
  };

  const waiting = new Map<string, Routes>();
  const delivered: Routes[] = [];
  const greeted = new Set<string>();
  let read = 0;
  /** What the Host said since; newer routes of an owner take the place of older ones, which may be gone, or come yet. */
  const hearHost = (): Routes[] => {
    const said = one.said('routes').slice(read);
    read += said.length;
    return said.map(({ to, body, event }) => {
      const owner = body.self.pubkey!;
      const older = waiting.get(owner);
      if (older && dice.chance(0.5)) delivered.push(older);
      const routes = { owner, to, event, body };
      waiting.set(owner, routes);
      greeted.add(owner);
      return routes;
    });
  };
  const give = async (routes: Routes): Promise<void> => {
    await homes.get(routes.to)?.ledger.append(() => [{ dir: 'in', event: routes.event }]);
    if (waiting.get(routes.owner) === routes) waiting.delete(routes.owner);
    delivered.push(routes);
  };
  const giveSome = async (): Promise<void> => {
    for (const routes of [...waiting.values()]) if (dice.chance(0.5)) await give(routes);
    if (delivered.length > 0 && dice.chance(0.5)) await give(dice.pick(delivered));
  };

  const acceptAll = async (): Promise<void> => {
    for (const offer of one.said('assignment.offer')) {
      if (host.tables.get('assignments', offer.body.assignment)?.state !== 'offered') continue;
      const secretKey = random(32);
      const pubkey = toHex(suite.publicKey(secretKey));
      const key: Identity = { role: 'node', name: offer.body.node, pubkey, secretKey };
      runner.identities.set(pubkey, key);
      await one.accept(offer, key);
    }
  };

  /** What was true of each since the Host was last heard: who was concerned by none of it is told nothing. */
  const since = new Map<string, Set<string>>();
  const note = (): void => {
    const known = keys();
    for (const name of NAMES) since.set(name, (since.get(name) ?? new Set()).add(concerning(name, known)));
  };
  const settle = async (): Promise<void> => {
    note();
    await time.pass(SETTLED_MS);
    note();
    const before = new Set(greeted);
    const told = new Set(
      hearHost().flatMap(({ owner, body }) => (before.has(owner) ? [body.self.name] : [])),
    );
    for (const [name, facts] of since)
      if (facts.size === 1 && told.has(name)) expect.fail(`${name} was told, and nothing concerned them`);
    since.clear();
    note();
  };

  type Sent = { m: Message; from: string; to: string; type: Type; by: Home };
  const held: Sent[] = [];
  const judged = ({ m, by }: Sent): Verdict => authorize(m, authorizationContextOf(by, m), RULES);
  const revisionAt = (home: Home, key: string): number => home.tables.get('routes', key)?.revision ?? 0;
  const knows = ({ m, from, by }: Sent): boolean => by.tables.get('peers', m.to, from)?.pubkey === m.from;

  const judge = (sent: Sent, sender: number | null): void => {
    const { m, from, to, type, by } = sent;
    const mine = revisionAt(by, m.to);
    const about = `${type} from ${from} at ${sender} to ${to} at ${mine}, judged by ${m.rev}`;
    const verdict = judged(sent);
    const allows = (n: number) => isAllowed(graphs[n - 1], from, type, to);
    if (verdict.is === 'accept') expect(allows(mine), `accepted, and not allowed: ${about}`).toBe(true);
    if (sender === null) return;
    if (verdict.is === 'reject' && allows(sender) && allows(mine))
      expect(knows(sent), `refused (${verdict.reason}), and allowed: ${about}`).toBe(false);
    if (m.rev! > mine && knows(sent)) expect(verdict.is, `judged too early: ${about}`).toBe('hold');
    if (verdict.is !== 'hold') return;
    // It waits for routes that are on their way, and only where something changed between both
    expect(verdict.reason).toBe('revision_ahead');
    expect(waiting.get(m.to)?.body.revision ?? 0, `held in vain: ${about}`).toBeGreaterThanOrEqual(m.rev!);
    const stood = graphs.slice(Math.max(mine - 1, 0), sender).map((graph) => between(graph, from, to));
    expect(mine === 0 || new Set(stood).size > 1, `held for what concerns neither: ${about}`).toBe(true);
    held.push(sent);
  };

  let unique = 0;
  /** As the services of its sender send it, or as somebody does who asks them nothing. */
  const sendOne = async (from: string, to: string, type: Type): Promise<void> => {
    const [sender, recipient] = [keys().get(from), keys().get(to)];
    if (sender === undefined || recipient === undefined || from === to) return;
    const home = people[from as keyof typeof people] ?? runner;
    const by = people[to as keyof typeof people] ?? runner;
    const identity = home.identities.get(sender)!;
    const role = identity.role as 'user' | 'node';
    const said = { type, from: sender, to: recipient, body: BODIES[type], dedup: `d${unique++}` } as Draft;
    if (dice.chance(0.3)) {
      const rev = dice.pick([null, dice.between(0, graphs.length + 2)]);
      const stamp = { role, secretKey: identity.secretKey, graph: home.graph, epoch: epochOf(home), rev };
      const seq = { stream: '0f'.repeat(16), n: unique };
      const createdAt = Math.floor(time.clock.now() / 1000);
      const event = composeMessage(suite, said, { ...stamp, seq, createdAt, random });
      return judge({ m: messageOf(event, role), from, to, type, by }, null);
    }
    if (home.tables.get('peers', sender, to)?.pubkey !== recipient) return;
    const revision = revisionAt(home, sender);
    const lines = await home.ledger.append(() => composeEntries(home, [said])).catch(() => []);
    const isSent = lines.length > 0;
    expect(isSent, `${type} from ${from} at ${revision} to ${to}`).toBe(
      isAllowed(graphs[revision - 1], from, type, to),
    );
    if (isSent) judge({ m: messageOf(lines[0]!.event, role), from, to, type, by }, revision);
  };
  /** Mostly between those whom a revision joins, or did a moment ago. */
  const send = async (): Promise<void> => {
    for (let i = 0; i < 12; i++) {
      const { nodes, edges } = dice.pick(graphs.slice(-3));
      const edge = edges.length > 0 && dice.chance(0.9) ? dice.pick(edges) : null;
      const [from, to] = edge
        ? [edge.from, edge.to]
        : [dice.pick([...nodes.keys()]), dice.pick([...nodes.keys()])];
      const type = dice.pick(['task.cancel', 'blob.get'] as const);
      await (dice.chance(0.6) ? sendOne(from, to, type) : sendOne(to, from, type));
    }
  };

  const drawn = firstGraph();
  const apply = async (): Promise<void> => {
    const { changed } = await one.apply(graphText(drawn));
    if (changed) graphs.push(one.host.graph!);
  };
  await apply();
  await one.addRunner('runner', 'r1');
  await settle();
  await acceptAll();
  for (let step = 0; step < STEPS; step++) {
    for (let i = dice.between(1, 3); i > 0; i--) {
      changeGraph(dice, drawn);
      await apply();
      note();
    }
    if (dice.chance(0.7)) await settle();
    if (dice.chance(0.7)) {
      await acceptAll();
      note();
    }
    await giveSome();
    await send();
  }
  // Until every node runs; then all that is still on its way arrives
  for (let i = 0; i < 3; i++) {
    await settle();
    await acceptAll();
    note();
  }
  await settle();
  for (const routes of [...waiting.values()]) await give(routes);

  const known = keys();
  const rowOf = (me: string, peer: string) => {
    const home = people[me as keyof typeof people] ?? runner;
    return home.tables.get('peers', known.get(me)!, peer);
  };
  const sides = (me: string, peer: string, isOther: boolean) =>
    rowOf(me, peer)?.relations.map(({ side, ...rest }) => ({ ...rest, isA: (side === 'a') !== isOther }));
  const names = [...head().nodes.keys()];
  for (const a of names)
    for (const b of names.filter((name) => name > a)) {
      expect(sides(a, b, false), `${a} and ${b}`).toEqual(sides(b, a, true));
      expect(sides(a, b, false)?.length ?? 0).toBe(edgesBetween(head(), a, b).length);
      expect(rowOf(a, b)?.since).toBe(rowOf(b, a)?.since);
      if (rowOf(a, b))
        expect([rowOf(a, b)!.pubkey, rowOf(b, a)!.pubkey]).toEqual([known.get(b), known.get(a)]);
    }
  for (const sent of held) {
    const { m, from, to, type, by } = sent;
    if (known.get(to) !== m.to || !head().nodes.has(to)) continue;
    const verdict = judged(sent);
    expect(verdict.is, `${type} from ${from} to ${to} still waits`).not.toBe('hold');
    if (knows(sent))
      expect(verdict.is === 'accept').toBe(isAllowed(graphs[revisionAt(by, m.to) - 1], from, type, to));
  }
  await one.close();
};

const seeds = process.env.SEED
  ? [process.env.SEED]
  : Array.from({ length: times(30, 1_000) }, (_, i) => `${isSlow ? 'slow' : 'usual'} ${i}`);

test.each(seeds)(
  'seed %s: who is told of random revisions agrees with all others in the end, and whom none concerns is told nothing',
  play,
);
