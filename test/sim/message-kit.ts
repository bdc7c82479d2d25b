/** Homes of every role with their inboxes, which take any message, written as anybody. */
import { toHex } from '../../src/core/encoding/bytes.ts';
import { wrapSeal } from '../../src/core/nostr/envelope.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { composeMessage, type Draft } from '../../src/core/protocol/compose.ts';
import type { Epoch, Message } from '../../src/core/protocol/message.ts';
import type { RecordBody, RecordType } from '../../src/core/protocol/messages/records.ts';
import type { BodyOf, MessageType } from '../../src/core/protocol/table.ts';
import { rowOf } from '../../src/core/protocol/table.ts';
import type { Role } from '../../src/core/vocabulary.ts';
import type { Clock } from '../../src/ports/index.ts';
import type { Home, Identity } from '../../src/services/messaging/home.ts';
import { nowSeconds } from '../../src/services/messaging/home.ts';
import { createInbox } from '../../src/services/messaging/inbox.ts';
import { createRejections, type Rejections, record } from '../../src/services/messaging/rejections.ts';
import { composeEntries, sealFor } from '../../src/services/messaging/send.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createMemoryHome, type MemoryDisk, memoryDisk, seededRandom } from './memory-home.ts';
import { virtualClock } from './virtual-clock.ts';

/** Whose home each identity is at: a node runs at its runner. */
const HOME_OF = {
  host: 'host',
  runner: 'runner',
  node: 'runner',
  sibling: 'runner',
  runner2: 'runner2',
  node2: 'runner2',
  alice: 'alice',
  bob: 'bob',
  mallory: 'mallory',
} as const;
export type Name = keyof typeof HOME_OF;
export type HomeName = (typeof HOME_OF)[Name];
const HOMES = ['host', 'runner', 'runner2', 'alice', 'bob', 'mallory'] as const satisfies HomeName[];

export const KIT_EPOCH: Epoch = { n: 3, boot: 'b0'.repeat(16) };
/** The stream of forged messages, which no service of a home numbers. */
export const FORGED_STREAM = 'f0'.repeat(16);

/** A message as its signer could make it by hand: whatever is left out is as it should be. */
export type Forged<T extends MessageType = MessageType> = {
  [K in T]: {
    type: K;
    from: Name;
    to: Name;
    body: BodyOf<K>;
    dedup?: string;
    re?: string;
    session?: string;
    expiration?: number;
    stream?: string;
    n?: number;
    epoch?: Epoch;
    rev?: number | null;
    /** The role whose kind the event has; the signer's own when left out. */
    role?: Role;
    /** The text of the body as it was signed before. */
    content?: string;
  };
}[T];
/** What one home made of what it was handed. */
export type Post = {
  receive(text: string): Promise<void>;
  rejudge(): Promise<void>;
  /** Reason and signer of each refusal, in order. */
  counted: [reason: string, signer: string | null][];
  settled: Message[];
  ephemeral: Message[];
  fenced: number[];
  /** Wraps that are not needed any more. */
  read: string[];
  changed: number;
  rejects: Rejections;
};
export type MessageKit = ReturnType<typeof createMessageKit>;

const createPost = (home: Home): Post => {
  const rejects = createRejections(home);
  const post: Post = {
    receive: (text) => inbox.receive(text),
    rejudge: () => inbox.rejudge(),
    counted: [],
    settled: [],
    ephemeral: [],
    fenced: [],
    read: [],
    changed: 0,
    rejects,
  };
  const count = (reason: string, signer: string | null) => {
    post.counted.push([reason, signer]);
    rejects.count(reason, signer);
  };
  const inbox = createInbox(
    home,
    { ...rejects, count },
    {
      settled: (m) => post.settled.push(m),
      repeated: () => {},
      ephemeral: (m) => post.ephemeral.push(m),
      read: (me, id) => post.read.push(`${me} ${id}`),
      fenced: (epoch) => post.fenced.push(epoch),
      changed: () => {
        post.changed += 1;
      },
    },
  );
  return post;
};

/** What the homes of a kit have on disk; a kit over the same disks goes on where that one was. */
export type Disks = Record<HomeName, MemoryDisk>;
const createDisks = (seed: string): Disks =>
  Object.fromEntries(HOMES.map((name) => [name, memoryDisk(seededRandom(`${seed} ${name}`))])) as Disks;

const createHomes = (clock: Clock, seed: string, disks: Disks): Record<HomeName, Home> => {
  const make = (name: HomeName, known?: Home) => {
    const kind = name === 'host' ? 'host' : name.startsWith('runner') ? 'runner' : 'user';
    const random = seededRandom(`${seed} ${name} at work after ${disks[name].lines.length}`);
    const federation = known ? { host: known.host, graph: known.graph } : {};
    return createMemoryHome({
      kind,
      name,
      clock,
      random,
      suite: idealSuite,
      disk: disks[name],
      ...federation,
    });
  };
  const host = make('host');
  host.epoch = KIT_EPOCH;
  const others = HOMES.filter((name) => name !== 'host').map((name) => [name, make(name, host)]);
  return { host, ...Object.fromEntries(others) } as Record<HomeName, Home>;
};

const NODES: ReadonlySet<Name> = new Set(['node', 'sibling', 'node2']);
const identitiesOf = (homes: Record<HomeName, Home>, seed: string): Record<Name, Identity> => {
  const random = seededRandom(`${seed} nodes`);
  const all = {} as Record<Name, Identity>;
  for (const name of Object.keys(HOME_OF) as Name[]) {
    const home = homes[HOME_OF[name]];
    if (NODES.has(name)) {
      const secretKey = random(32);
      const pubkey = toHex(home.suite.publicKey(secretKey));
      all[name] = { role: 'node', name, pubkey, secretKey };
      home.identities.set(pubkey, all[name]);
    } else all[name] = home.self;
  }
  return all;
};

export const createMessageKit = (seed = 'message kit', disks = createDisks(seed)) => {
  const time = virtualClock();
  const homes = createHomes(time.clock, seed, disks);
  const who = identitiesOf(homes, seed);
  const posts = Object.fromEntries(HOMES.map((name) => [name, createPost(homes[name])])) as Record<
    HomeName,
    Post
  >;
  const nameOf = (pubkey: string): Name =>
    (Object.keys(who) as Name[]).find((name) => who[name].pubkey === pubkey)!;
  const homeOf = (name: Name): Home => homes[HOME_OF[name]];
  const postOf = (name: Name): Post => posts[HOME_OF[name]];
  const numbers = new Map<string, number>();
  let unique = disks.host.lines.length;

  const numberFor = (said: Forged): number => {
    const key = `${said.from} ${said.to} ${said.stream ?? ''}`;
    numbers.set(key, Math.max((numbers.get(key) ?? 0) + 1, said.n ?? 0));
    return said.n ?? numbers.get(key)!;
  };
  /** Signed as `from`, with nothing asked of the sender's own services. */
  const compose = (said: Forged): SignedEvent => {
    const { from, to, stream = FORGED_STREAM, n: _n, epoch = KIT_EPOCH, rev = null, ...draft } = said;
    const { secretKey, role } = who[from];
    const home = homeOf(from);
    const ends = { from: who[from].pubkey, to: who[to].pubkey, dedup: said.dedup ?? `forged:${++unique}` };
    return composeMessage(home.suite, { ...draft, ...ends } as Draft, {
      role: said.role ?? role,
      secretKey,
      graph: home.graph,
      seq: rowOf(said.type)!.ephemeral ? null : { stream, n: numberFor(said) },
      epoch,
      rev,
      createdAt: nowSeconds(home),
      random: home.random.bytes,
      ...(said.content === undefined ? {} : { content: said.content }),
    });
  };
  /** Text of a fresh gift wrap around the event. */
  const wrap = (event: SignedEvent, from: Name, to: Name, ephemeral = false, seal?: SignedEvent): string => {
    const home = homeOf(from);
    const bytes = () => home.random.bytes(32);
    const sealed = seal ?? sealFor(home, event, who[from], who[to].pubkey);
    const keys = { oneTimeKey: home.ticket ?? bytes(), nonce: bytes(), aux: bytes(), blind: bytes() };
    const facts = { recipient: who[to].pubkey, createdAt: nowSeconds(home), ephemeral };
    return JSON.stringify(wrapSeal(home.suite, sealed, { ...keys, ...facts }));
  };
  const write = (said: Forged): { event: SignedEvent; text: string } => {
    const event = compose(said);
    return { event, text: wrap(event, said.from, said.to, rowOf(said.type)!.ephemeral) };
  };
  /** What the recipient's home made of it: `accepted`, `held: why`, `nothing`, or the reasons it counted. */
  const deliver = async (text: string, to: Name, id: string): Promise<string> => {
    const post = postOf(to);
    const [before, heard] = [post.counted.length, post.ephemeral.length];
    const wasHere = has(to, id);
    await post.receive(text);
    const reasons = post.counted.slice(before).map(([reason]) => reason);
    const held = homeOf(to).tables.get('held_messages', id);
    if (held) return `held: ${held.reason}`;
    const isHere = (has(to, id) && !wasHere) || post.ephemeral.length > heard;
    if (reasons.length === 0) return isHere ? 'accepted' : 'nothing';
    return isHere ? `late: ${reasons.join()}` : reasons.join();
  };
  /** Whether the home took the message with this id. */
  const has = (to: Name, id: string): boolean => homeOf(to).tables.get('messages', id, 'in') !== undefined;
  const tell = async (said: Forged): Promise<string> => {
    const { event, text } = write(said);
    return deliver(text, said.to, event.id);
  };
  /** Said through the sender's own services: kept in its ledger, numbered, and carried to the recipient. */
  const send = async <T extends MessageType>(
    said: Pick<Forged<T>, 'type' | 'from' | 'to' | 'body' | 'dedup' | 're' | 'session' | 'expiration'>,
  ): Promise<SignedEvent> => {
    const home = homeOf(said.from);
    const ends = { from: who[said.from].pubkey, to: who[said.to].pubkey };
    const draft = { dedup: `sent:${++unique}`, ...said, ...ends } as Draft;
    const [line] = await home.ledger.append(() => composeEntries(home, [draft]));
    const made = await deliver(
      wrap(line!.event, said.from, said.to, false, line!.seal),
      said.to,
      line!.event.id,
    );
    if (made !== 'accepted') throw new Error(`${said.type} from ${said.from} to ${said.to}: ${made}`);
    return line!.event;
  };
  /** The next process over the same home: what only memory held is gone. */
  const restart = (name: HomeName): Post => {
    posts[name] = createPost(homes[name]);
    return posts[name];
  };
  const note = <T extends RecordType>(name: Name, type: T, body: RecordBody<T>) =>
    record(homeOf(name), type as never, body as never);
  return {
    ...{ time, disks, homes, who, posts, nameOf, homeOf, postOf },
    ...{ compose, wrap, write, deliver, has, tell, send, note, restart },
  };
};
