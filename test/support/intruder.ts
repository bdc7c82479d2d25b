/** Somebody with stolen or fresh keys and a relay connection of a member: says what no honest client would say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock.ts';
import { systemRandom } from '../../src/adapters/random.ts';
import { relayClient } from '../../src/adapters/relay-client.ts';
import { suiteWasm as suite } from '../../src/adapters/suite-wasm.ts';
import { fromHex, toHex } from '../../src/core/bytes.ts';
import { composeRumor, decryptWrap, sealRumor, wrapSeal } from '../../src/core/envelope.ts';
import { eventId, type SignedEvent, signEvent } from '../../src/core/event.ts';
import { composeMessage, type Draft } from '../../src/core/protocol/compose.ts';
import type { Epoch } from '../../src/core/protocol/message.ts';
import { type MessageType, rowOf } from '../../src/core/protocol/table.ts';
import type { Role } from '../../src/core/vocabulary.ts';

export type Key = { secretKey: Uint8Array; pubkey: string };
const random = systemRandom.bytes;
export const now = (): number => Math.floor(systemClock.now() / 1000);
const keyOf = (secretKey: Uint8Array): Key => ({ secretKey, pubkey: toHex(suite.publicKey(secretKey)) });
export const freshKey = (): Key => keyOf(random(32));

/** Keys of a home by name, as its `keys/` files hold them. */
export const stolenKeys = (directory: string): Map<string, Key> =>
  new Map(
    readdirSync(join(directory, 'keys')).map((file) => [
      file.replace(/\.key$/, ''),
      keyOf(fromHex(readFileSync(join(directory, 'keys', file), 'utf8').trim())),
    ]),
  );

/** What a message says beside its type, recipient and body; the rest is what an honest client would say. */
export type Lie = {
  role: Role;
  dedup?: string;
  re?: string;
  session?: string;
  graph?: string;
  n?: number;
};
export type Intruder = {
  /** Signs a message of any type as any role. */
  sign(author: Key, type: MessageType, to: string, body: unknown, lie: Lie): SignedEvent;
  /** Seals a signed event, one's own or somebody else's, and wraps it. */
  deliver(event: SignedEvent, sealer: Key, to?: string): Promise<SignedEvent>;
  /** Publishes a wrap; what the relay said. */
  publish(wrap: SignedEvent): Promise<string>;
  /** A new wrap around a seal that was sent before. */
  rewrap(wrap: SignedEvent, reader: Key): SignedEvent;
  /** A wrap that is refused by its recipient with `seal_shape`: what was sent before it has then been judged. */
  mark(to: string): Promise<string>;
  /** Every wrap the relay gave for the identities. */
  readonly wraps: readonly SignedEvent[];
  /** Until the relay has been paged back; true when it was. */
  synced(): Promise<boolean>;
  close(): Promise<void>;
};
export type World = { relay: string; graph: string; epoch: () => Epoch; identities: readonly Key[] };

const wrapOf = (seal: SignedEvent, recipient: string, ephemeral = false): SignedEvent =>
  wrapSeal(suite, seal, {
    recipient,
    oneTimeKey: random(32),
    nonce: random(32),
    aux: random(32),
    blind: random(32),
    createdAt: now() - (ephemeral ? 0 : 1000),
    ephemeral,
  });

/** The author of the rumor is its sealer, whoever signed what it carries. */
const sealOf = (event: SignedEvent, sealer: Key, to: string): SignedEvent => {
  const { id: _id, ...rumor } = { ...composeRumor(suite, event, to), pubkey: sealer.pubkey };
  return sealRumor(
    suite,
    { id: eventId(suite, rumor), ...rumor },
    {
      secretKey: sealer.secretKey,
      recipient: to,
      blind: random(32),
      nonce: random(32),
      aux: random(32),
      createdAt: now() - 1000,
    },
  );
};

const tagOf = (event: SignedEvent, name: string): string =>
  event.tags.find((tag) => tag[0] === name)?.[1] ?? '';

export const intrude = (world: World): Intruder => {
  const wraps: SignedEvent[] = [];
  const session = relayClient(
    systemClock,
    systemRandom,
  )({
    urls: [world.relay],
    identities: world.identities.map(({ pubkey, secretKey }) => ({
      pubkey,
      sign: (template) => signEvent(suite, template, secretKey, random(32)),
    })),
    lastSync: () => null,
    onWrap: (text) => void wraps.push(JSON.parse(text)),
  });
  /** One stream for each author, counted on. */
  const streams = new Map<string, { stream: string; n: number }>();
  const seqOf = (author: Key, to: string, n?: number) => {
    const key = `${author.pubkey} ${to}`;
    const before = streams.get(key) ?? { stream: toHex(random(16)), n: 0 };
    const seq = { stream: before.stream, n: n ?? before.n + 1 };
    streams.set(key, { stream: before.stream, n: Math.max(before.n, seq.n) });
    return seq;
  };
  const publish = async (wrap: SignedEvent): Promise<string> => (await session.publish(wrap))[0]!.result;
  return {
    wraps,
    publish,
    sign(author, type, to, body, { role, dedup, graph, n, ...tags }) {
      const draft = { type, from: author.pubkey, to, body, dedup: dedup ?? toHex(random(16)), ...tags };
      return composeMessage(suite, draft as Draft, {
        role,
        secretKey: author.secretKey,
        graph: graph ?? world.graph,
        seq: rowOf(type)!.ephemeral ? null : seqOf(author, to, n),
        epoch: world.epoch(),
        rev: null,
        createdAt: now(),
        random,
      });
    },
    async deliver(event, sealer, to = tagOf(event, 'p')) {
      const wrap = wrapOf(sealOf(event, sealer, to), to, rowOf(tagOf(event, 'type'))?.ephemeral === true);
      const said = await publish(wrap);
      if (said !== 'stored') throw new Error(`the relay did not take it: ${said}`);
      return wrap;
    },
    rewrap: (wrap, reader) =>
      wrapOf(JSON.parse(decryptWrap(suite, wrap, reader.secretKey, random(32))), tagOf(wrap, 'p')),
    mark: (to) => publish(wrapOf({ mark: toHex(random(8)) } as unknown as SignedEvent, to)),
    synced: () => session.synced(20_000),
    close: () => session.close(),
  };
};
