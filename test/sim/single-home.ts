/** One home with its real service. Everybody else is a key, whose genuine messages the test writes one by one. */

import { digestOf } from '../../src/core/encoding/canonical.ts';
import { npub } from '../../src/core/encoding/id.ts';
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import type { Graph } from '../../src/core/graph/model.ts';
import { routesOf } from '../../src/core/graph/routes.ts';
import { composeRumor, sealRumor, wrapSeal } from '../../src/core/nostr/envelope.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { EPHEMERAL_WRAP_KIND } from '../../src/core/nostr/kinds.ts';
import type { Message } from '../../src/core/protocol/message.ts';
import { open } from '../../src/core/protocol/open.ts';
import type { BodyOf, MessageType } from '../../src/core/protocol/table.ts';
import type { ConnectRelays } from '../../src/ports/index.ts';
import { GRAPH_TYPES } from '../../src/services/graph/types.ts';
import { createWorld, type Name, NOW, type Said } from '../support/world.ts';
import { createMemoryHome, type MemoryDisk, memoryDisk, RELAY_URL } from './memory-home.ts';
import { virtualClock } from './virtual-clock.ts';

export type SingleHome = ReturnType<typeof createSingleHome>;

/** `me`: whose key the home has; `disk` of an earlier one makes it that home, restarted. */
export const createSingleHome = (me: Name, name: string, disk?: MemoryDisk, world = createWorld()) => {
  const { actors, suite, random, graph } = world;
  const time = virtualClock(NOW * 1000);
  const published: SignedEvent[] = [];
  let receive: (text: string) => void | Promise<void> = () => {};
  /** Of its only relay: whether it gives what it keeps, and which events it does not take. */
  const relay = { isSynced: true, refuses: (_event: SignedEvent): boolean => false };
  let listening: readonly string[] = [];
  const connect: ConnectRelays = ({ onWrap, identities }) => {
    receive = (text) => onWrap(text, RELAY_URL);
    const listen = (keys: typeof identities) => {
      listening = keys.map(({ pubkey }) => pubkey);
    };
    listen(identities);
    return {
      setIdentities: listen,
      async publish(event) {
        if (relay.refuses(event)) return [{ url: RELAY_URL, result: 'refused' }];
        published.push(event);
        return [{ url: RELAY_URL, result: 'stored' }];
      },
      discard: async () => {},
      synced: async () => relay.isSynced,
      hasGiven: () => false,
      status: () => [{ url: RELAY_URL, state: 'synced' }],
      async close() {},
    };
  };
  const logged: string[] = [];
  const home = createMemoryHome({
    kind: actors[me].role as 'host' | 'runner' | 'user',
    name,
    suite,
    host: actors.host.pubkey,
    graph,
    clock: time.clock,
    random,
    connect,
    disk: disk ?? { ...memoryDisk(random), secretKey: actors[me].secretKey },
    log: (_level, text) => void logged.push(text),
  });
  const numbers = new Map<string, number>();
  const nextNumber = (said: Said): number => {
    const key = `${said.from} ${said.to}`;
    numbers.set(key, (numbers.get(key) ?? 0) + 1);
    return numbers.get(key)!;
  };
  /** Gives the home a genuine message and waits until it was judged; whether it was let in the read models show. */
  const hear = async <T extends MessageType>(said: Said<T>): Promise<SignedEvent> => {
    const at = Math.floor(time.clock.now() / 1000);
    // To a Host everybody speaks of the epoch that it claimed.
    const epoch = home.epoch ? { epoch: home.epoch } : {};
    const event = world.compose({ at, n: nextNumber(said as Said), ...epoch, ...said });
    const from = actors[said.from];
    const recipient = actors[said.to].pubkey;
    const layer = () => ({ nonce: random(32), aux: random(32), blind: random(32), recipient, createdAt: at });
    const seal = sealRumor(suite, composeRumor(suite, event, recipient), {
      ...layer(),
      secretKey: from.secretKey,
    });
    const ephemeral = event.tags.every(([tag]) => tag !== 'seq');
    await receive(JSON.stringify(wrapSeal(suite, seal, { ...layer(), oneTimeKey: random(32), ephemeral })));
    return event;
  };
  type Kept<T extends MessageType> = { to: string; body: BodyOf<T>; event: SignedEvent };
  const linesOf = <T extends MessageType>(dir: 'in' | 'out', type: T): Kept<T>[] =>
    home.disk.lines
      .filter((line) => line.dir === dir && tagOf(line.event, 'type') === type)
      .map(({ event }) => ({ to: tagOf(event, 'p'), body: JSON.parse(event.content), event }));
  /** What the home signed and keeps, and what it let in and keeps: durable messages of a type, in order. */
  const said = <T extends MessageType>(type: T) => linesOf('out', type);
  const heard = <T extends MessageType>(type: T) => linesOf('in', type);
  /** What it put on the wire to be forwarded and not kept, as its recipients read it. */
  const fleeting = <T extends MessageType>(type: T): Message<BodyOf<T>>[] => {
    for (const wrap of published.slice(looked))
      if (wrap.kind === EPHEMERAL_WRAP_KIND)
        opened.push(open(JSON.stringify(wrap), doorOf(tagOf(wrap, 'p'))));
    looked = published.length;
    return opened.filter((m) => m.type === type) as Message<BodyOf<T>>[];
  };
  const opened: Message[] = [];
  let looked = 0;
  const doorOf = (recipient: string) => world.door(world.byKey.get(recipient)!.name as Name);
  /** Whether relays are asked for what is addressed to the key. */
  const listensTo = (key: Name) => listening.includes(actors[key].pubkey);
  const wire = { relay, published, hear, said, heard, fleeting, listensTo };
  return { ...world, world, home, time, logged, ...wire };
};

export const tagOf = (event: SignedEvent, name: string): string =>
  event.tags.find((tag) => tag[0] === name)?.[1] ?? '';

/** Which of the world's keys the nodes of a graph have; a node that is left out runs nowhere. */
export type Keys = Partial<Record<string, Name>>;
type World = Pick<ReturnType<typeof createWorld>, 'actors' | 'suite'>;

/** A graph file; `$name` in it is that actor's npub. */
export const graphOf = ({ actors }: World, text: string): Graph => {
  const file = text.replace(/\$(\w+)/g, (_, name: Name) => npub(actors[name].pubkey));
  const { graph, problems } = parseGraph(file, { filename: 'graph.yaml', types: GRAPH_TYPES });
  if (!graph) throw new Error(JSON.stringify(problems));
  return graph;
};

/** The routes of one participant as the Host says them of a graph file. */
export const routesBody = (
  world: World,
  text: string,
  owner: string,
  keys: Keys,
  n = 1,
): BodyOf<'routes'> => {
  const { actors, suite } = world;
  const digest = (value: unknown) => digestOf(suite, value);
  const routes = routesOf(graphOf(world, text), owner, digest)!;
  const keyOf = (name: string): string | null => (keys[name] ? actors[keys[name]].pubkey : null);
  return {
    ...routes,
    n,
    revision: n,
    digest: digest(text),
    self: { ...routes.self, pubkey: keyOf(owner) },
    peers: routes.peers.map((peer) => ({ ...peer, pubkey: peer.pubkey ?? keyOf(peer.name), relays: [] })),
  };
};
