/** Somebody with stolen or fresh keys and a relay in memory: says what no honest client would, and sees what comes of it. */

import type { RandomBytes, Suite } from '../../src/core/crypto/suite.ts';
import { toHex } from '../../src/core/encoding/bytes.ts';
import { EntangleError } from '../../src/core/errors.ts';
import { composeRumor, decryptWrap, sealRumor, wrapSeal } from '../../src/core/nostr/envelope.ts';
import { eventId, type SignedEvent } from '../../src/core/nostr/event.ts';
import { composeMessage, type Draft } from '../../src/core/protocol/compose.ts';
import type { Epoch } from '../../src/core/protocol/message.ts';
import { type MessageType, rowOf } from '../../src/core/protocol/table.ts';
import type { Role } from '../../src/core/vocabulary.ts';
import { keyOfPoint } from '../support/ideal-suite.ts';
import { seededRandom } from './dice.ts';
import type { Federation } from './federation.ts';
import type { MemoryHome } from './memory-home.ts';
import { recipientOf } from './memory-relay.ts';
import { partsOf, refusedBy } from './refused.ts';

export type Key = { secretKey: Uint8Array; pubkey: string };
/** What a message says beside its type, recipient and body; the rest is what an honest client would say. */
export type Lie = {
  role: Role;
  dedup?: string;
  re?: string;
  session?: string;
  graph?: string;
  n?: number;
  epoch?: Epoch;
  rev?: number;
  /** Unix seconds, where they are not the present ones. */
  at?: number;
  /** The body is signed as it is, whatever its schema says. */
  isUnchecked?: boolean;
};
export type Intruder = {
  freshKey(): Key;
  /** The node's key, as whoever took over the runner would have it. */
  nodeKey(runner: string, node: string): Key;
  /** Signs a message of any type as any role. */
  sign(author: Key, type: MessageType, to: string, body: unknown, lie: Lie): SignedEvent;
  /** Seals a signed event, one's own or somebody else's, wraps and publishes it. */
  deliver(event: SignedEvent, sealer: Key, to?: string): Promise<void>;
  say(author: Key, type: MessageType, to: string, body: unknown, lie: Lie): Promise<void>;
  publish(wrap: SignedEvent): Promise<void>;
  /** A new wrap around a seal that was sent before. */
  rewrap(wrap: SignedEvent, reader: Key): SignedEvent;
  /** Every wrap that the relay keeps for a key. */
  wrapsTo(key: Key): SignedEvent[];
};

export const keyOf = ({ self }: MemoryHome): Key => ({ secretKey: self.secretKey, pubkey: self.pubkey });
const tagOf = (event: SignedEvent, name: string): string =>
  event.tags.find((tag) => tag[0] === name)?.[1] ?? '';

/** Four random values that an envelope needs, under the names it has for them. */
const fresh = (random: RandomBytes) => ({
  blind: random(32),
  nonce: random(32),
  aux: random(32),
  oneTimeKey: random(32),
});

export const createIntruder = (fed: Federation, suite: Suite): Intruder => {
  const random = seededRandom(`${fed.seed}/intruder`);
  const now = () => Math.floor(fed.time.clock.now() / 1000);
  const streams = new Map<string, { stream: string; n: number }>();
  const seqOf = (author: Key, to: string, n?: number) => {
    const key = `${author.pubkey} ${to}`;
    const before = streams.get(key) ?? { stream: toHex(random(16)), n: 0 };
    const seq = { stream: before.stream, n: n ?? before.n + 1 };
    streams.set(key, { stream: before.stream, n: Math.max(before.n, seq.n) });
    return seq;
  };
  const wrapOf = (seal: SignedEvent, recipient: string, ephemeral = false): SignedEvent =>
    wrapSeal(suite, seal, {
      ...fresh(random),
      recipient,
      createdAt: now() - (ephemeral ? 0 : 1000),
      ephemeral,
    });
  /** The author of the rumor is its sealer, whoever signed what it carries. */
  const sealOf = (event: SignedEvent, sealer: Key, recipient: string): SignedEvent => {
    const { id: _id, ...rumor } = { ...composeRumor(suite, event, recipient), pubkey: sealer.pubkey };
    const seal = { ...fresh(random), secretKey: sealer.secretKey, recipient, createdAt: now() - 1000 };
    return sealRumor(suite, { id: eventId(suite, rumor), ...rumor }, seal);
  };
  const publish = async (wrap: SignedEvent): Promise<void> => {
    const { result } = await fed.finish('a publication', fed.relays[0]!.publish(wrap));
    if (result !== 'stored') throw new EntangleError('unavailable', `the relay did not take it: ${result}`);
  };
  let known: Epoch = fed.host.home.epoch!;
  /** The newest that anybody was told of: a Host that is starting has none yet. */
  const epoch = (): Epoch => {
    known = fed.host.home.epoch ?? known;
    return known;
  };
  const intruder: Intruder = {
    freshKey() {
      const secretKey = keyOfPoint(suite, random);
      return { secretKey, pubkey: toHex(suite.publicKey(secretKey)) };
    },
    nodeKey(runner, node) {
      const { home, machine } = fed.runners[runner]!;
      const [row] = home.tables.list('assignments', { node }).sort((a, b) => b.fence - a.fence);
      return { secretKey: machine.keys.get(`node-${row!.id}`)!, pubkey: row!.pubkey! };
    },
    sign(author, type, to, body, { role, dedup, graph, n, epoch: said, rev, at, isUnchecked, ...tags }) {
      const draft = { type, from: author.pubkey, to, body, dedup: dedup ?? toHex(random(16)), ...tags };
      return composeMessage(suite, draft as Draft, {
        role,
        secretKey: author.secretKey,
        graph: graph ?? fed.host.home.graph,
        seq: rowOf(type)!.ephemeral ? null : seqOf(author, to, n),
        epoch: said ?? epoch(),
        rev: rev ?? null,
        createdAt: at ?? now(),
        random,
        ...(isUnchecked
          ? { content: JSON.stringify({ ...(body as object), nonce: toHex(random(16)) }) }
          : {}),
      });
    },
    deliver: (event, sealer, to = tagOf(event, 'p')) =>
      publish(wrapOf(sealOf(event, sealer, to), to, rowOf(tagOf(event, 'type'))?.ephemeral === true)),
    say: (author, type, to, body, lie) =>
      intruder.deliver(intruder.sign(author, type, to, body, lie), author),
    publish,
    rewrap: (wrap, reader) =>
      wrapOf(JSON.parse(decryptWrap(suite, wrap, reader.secretKey, random(32))), recipientOf(wrap)),
    wrapsTo: ({ pubkey }) =>
      fed.relays.flatMap(({ wraps }) => wraps.filter((one) => recipientOf(one) === pubkey)),
  };
  return intruder;
};

/** What an approval is about, as its owner asked for it. */
export const subjectIn = ({ disk }: MemoryHome, approval: string): unknown => {
  const asked = disk.lines.find(
    (line) => tagOf(line.event, 'type') === 'approval.request' && line.event.content.includes(approval),
  );
  return asked && JSON.parse(asked.event.content).subject;
};

/** Tables that say what was decided and done, for comparing before and after. */
const STATE = [
  ...['sessions', 'approvals', 'decisions', 'trust', 'assignments', 'artifacts', 'publishes'],
  ...['turns', 'epoch', 'routes', 'peers'],
] as const;
const stateOf = (fed: Federation) => ({
  tables: partsOf(fed).map(({ home: { tables } }) => STATE.map((name) => tables.list(name as 'sessions'))),
  remote: [...fed.remote.branches],
});

/** How often each home refused what, by reason and the signer that was proven. */
const countsOf = (
  fed: Federation,
  home: MemoryHome,
  names: ReadonlyMap<string, string>,
): Map<string, number> =>
  new Map(
    refusedBy(partsOf(fed).find((part) => part.home === home)!).map(({ reason, signer, count }) => [
      `${reason} ${signer === null ? '-' : (names.get(signer) ?? 'somebody')}`,
      count,
    ]),
  );

/** Within so long every home has judged what came. */
const JUDGED_MS = 3_000;

/** What the home counted because of the attack, and whether the state of every home and the remote is as before. */
export const refusals = async (
  fed: Federation,
  home: MemoryHome,
  names: ReadonlyMap<string, string>,
  attack: () => Promise<unknown>,
): Promise<{ counted: string[]; before: unknown; after: unknown }> => {
  const [before, counted] = [stateOf(fed), countsOf(fed, home, names)];
  await attack();
  await fed.time.pass(JUDGED_MS);
  return {
    before,
    after: stateOf(fed),
    counted: [...countsOf(fed, home, names)]
      .filter(([what, count]) => count > (counted.get(what) ?? 0))
      .map(([what]) => what),
  };
};
