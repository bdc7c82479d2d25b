/** One home on the wire: what it receives, what it sends, until everything is acknowledged. */
import { UNSENT_MS } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { inTurn } from '../../core/in-slices.ts';
import type { Line } from '../../core/ledger/line.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { signEvent } from '../../core/nostr/event.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { RelaySession } from '../../ports/index.ts';
import { createAcks, releases } from './acks.ts';
import { mailboxOf, secretOf, signingKeyOf } from './authority.ts';
import { createDiscards } from './discards.ts';
import { createElsewhere } from './elsewhere.ts';
import type { Home } from './home.ts';
import { epochOf } from './home.ts';
import { createInbox, type InboxEvents } from './inbox.ts';
import { createOutbox, within } from './outbox.ts';
import { readRow } from './read-event.ts';
import { createRejections, type Rejections, recordOf } from './rejections.ts';
import { createRelayWords } from './relay-words.ts';
import { composeAgain, composeEntries, composeEphemeral, type Sayable } from './send.ts';

const TICK_MS = 250;
const WRAPS_AT_ONCE = 16;
const BATCH_MS = 25;
/** How long one round waits for relays to answer, and how long a command that leaves does. */
const PATIENCE_MS = 500;
const FLUSH_MS = UNSENT_MS;

export type Exchange = {
  /** Says the drafts, durably and once; those said before are left out. */
  send(drafts: readonly Sayable[] | (() => readonly Sayable[])): Promise<void>;
  sendEphemeral(draft: Draft): Promise<void>;
  /** Signs unacknowledged messages of earlier epochs again. */
  renewEpoch(): Promise<void>;
  synced(silenceMs: number, mostMs?: number): Promise<boolean>;
  hasGiven(): boolean;
  relays(): ReturnType<RelaySession['status']>;
  /** Refusals that are counted and not in the ledger yet. */
  rejected(): ReturnType<Rejections['counted']>;
  /** True when a relay stored it. */
  publish(event: SignedEvent): Promise<boolean>;
  identitiesChanged(): void;
  /** Whether a relay has a message of the outbox; null while that is not known here. */
  isRelayed(id: string): boolean | null;
  /**
   * Tries once to deliver everything due, with acknowledgements: what a command does before it leaves. Resolves with
   * the number of messages that no relay has taken yet.
   */
  flush(): Promise<number>;
  close(): Promise<void>;
};
export type ExchangeEvents = {
  changed(): void;
  /** Something that was said here is acknowledged: on record by now. */
  released?(): void;
  ephemeral(m: Message): void;
  fenced?(epoch: number): void;
};

export const startExchange = (home: Home, on: ExchangeEvents): Exchange => {
  const rejects = createRejections(home);
  const acks = createAcks(home);
  const stopping = new AbortController();
  // Each takes a millisecond or two, and a relay, or a long text, brings many at once
  const take = inTurn(home.clock);
  const outbox = createOutbox(home, () => session, take);
  const discards = createDiscards(home, () => session);
  const elsewhere = createElsewhere(home);
  let wake = new AbortController();
  let woken = false;
  const soon = () => {
    woken = true;
    // A reason is given because without one an exception with its stack is made, for each message
    wake.abort('woken');
  };
  const events: InboxEvents = {
    settled: (m) => {
      acks.note(m);
      outbox.heard(m.from);
      soon();
    },
    repeated: (m) => acks.noteRepeated(m),
    read: (me, id) => discards.note(me, id),
    changed: () => {
      soon();
      on.changed();
    },
    fenced: (epoch) => on.fenced?.(epoch),
    ephemeral: (m) => {
      outbox.hurry(m.from);
      if (m.type === 'ack') elsewhere(m as Message<BodyOf<'ack'>>);
      if (m.type === 'ack')
        void acknowledged(home, m as Message<BodyOf<'ack'>>, on.released).catch(warn(home));
      else on.ephemeral(m);
      soon();
    },
  };
  const inbox = createInbox(home, rejects, events, take);
  const session = home.connect({
    urls: home.relays,
    identities: authIdentities(home),
    lastSync: (relay, key) => home.tables.get('syncs', relay, key)?.at ?? null,
    onSync: (relay, keys, at) => {
      for (const key of keys) home.tables.put('syncs', { relay, key, at });
    },
    onState: createRelayWords(home),
    onWrap: (text) => inbox.receive(text).catch(notTaken(home, rejects)),
    // Where the ledger is this process's alone, each is judged as it comes, and they share a sync
    atOnce: home.kind === 'user' ? 1 : WRAPS_AT_ONCE,
  });
  const work = async (patienceMs = PATIENCE_MS, isLast = false): Promise<void> => {
    await within(home, patienceMs, sendAcks(isLast));
    outbox.said(await readdress(home));
    await outbox.pump(patienceMs);
    await inbox.rejudge();
    if (await rejects.flush()) on.changed();
    await within(home, patienceMs, discards.flush());
  };
  /** What is new is on its way before it is looked what else there is to do: acknowledgements wait for more of them. */
  const sayAtOnce = async (): Promise<void> => {
    if (outbox.nextDue() !== 0) return;
    outbox.said(await readdress(home));
    await outbox.pump(BATCH_MS);
  };
  const sendEphemeral = async (draft: Draft): Promise<void> => {
    const { seal, to } = await take(() => composeEphemeral(home, draft));
    return outbox.sendSeal(seal, to);
  };
  const sendAcks = async (isLast: boolean): Promise<void> => {
    const drafts = acks.take(isLast);
    // The read models are ahead of the disk for a moment: what they say is said when it is durable.
    if (drafts.length > 0) await home.ledger.append(() => []);
    await Promise.all(drafts.map(sendEphemeral));
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      if (!woken) await home.clock.sleep(Math.min(TICK_MS, outbox.nextDue() ?? TICK_MS), wake.signal);
      woken = false;
      const begun = home.clock.monotonic();
      await sayAtOnce().catch(warn(home));
      const more = begun + BATCH_MS - home.clock.monotonic();
      if (more > 0) await home.clock.sleep(more, stopping.signal);
      await work().catch(warn(home));
    }
  };
  const running = loop();
  return {
    async send(drafts) {
      const lines = await home.ledger.append(() =>
        composeEntries(home, typeof drafts === 'function' ? drafts() : drafts),
      );
      if (lines.length > 0) {
        outbox.said(lines);
        soon();
        on.changed();
      }
    },
    sendEphemeral,
    renewEpoch: () => renewEpoch(home),
    synced: (silenceMs, mostMs) => session.synced(silenceMs, mostMs),
    hasGiven: () => session.hasGiven(),
    relays: () => session.status(),
    rejected: () => rejects.counted(),
    publish: async (event) => (await session.publish(event)).some((one) => one.result === 'stored'),
    identitiesChanged: () => session.setIdentities(authIdentities(home)),
    isRelayed: (id) => outbox.isRelayed(id),
    async flush() {
      await work(FLUSH_MS, true);
      await within(home, FLUSH_MS, discards.flush(true));
      await within(home, FLUSH_MS, outbox.idle());
      return outbox.unsent();
    },
    async close() {
      stopping.abort('over');
      wake.abort('over');
      await within(home, PATIENCE_MS, discards.flush(true)).catch(warn(home));
      // First: what still waits for a relay's answer ends with its connection.
      await session.close();
      await running;
      await rejects.flush(true);
    },
  };
};

/** What one round could not do the next may; anything else is a bug and ends the process, seen. */
const warn =
  (home: Home) =>
  (error: unknown): void => {
    if (!(error instanceof EntangleError) && !isOfSystem(error)) throw error;
    home.log('error', (error as Error).message);
  };

/** No descriptors left, a disk that cannot be read: the machine's trouble, which may pass. */
const isOfSystem = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && 'code' in error;

/** What the ledger did not take comes again; a wrap that meets a bug of ours is told and costs nobody the connection. */
const notTaken =
  (home: Home, rejects: Rejections) =>
  (error: unknown): void => {
    home.log('error', `cannot process a message: ${error instanceof Error ? error.message : error}`);
    if (error instanceof EntangleError || isOfSystem(error)) throw error;
    rejects.count('not_taken', null);
  };

/** A key that is retired says to a relay that its mailbox is its own, and nothing to anybody else. */
const authIdentities = (home: Home) => {
  const own = [...home.identities.values()].map((one): [string, Uint8Array] => [
    signingKeyOf(one),
    one.secretKey,
  ]);
  const retired = [...home.retired.keys()].flatMap((key): [string, Uint8Array][] => {
    const secretKey = secretOf(home, key);
    return secretKey ? [[key, secretKey]] : [];
  });
  return [...own, ...retired].map(([pubkey, secretKey]) => ({
    pubkey,
    sign: (template: Parameters<typeof signEvent>[1]) =>
      signEvent(home.suite, template, secretKey, home.random.bytes(32), pubkey),
  }));
};

const acknowledged = async (
  home: Home,
  m: Message<BodyOf<'ack'>>,
  told: ExchangeEvents['released'],
): Promise<void> => {
  if (!releases(home, m)) return;
  const { stream, high, top, missing } = m.body;
  await home.ledger.append(() => [
    { dir: 'local', event: recordOf(home, 'delivery.acked', { peer: m.from, stream, high, top, missing }) },
  ]);
  told?.();
};

const renewEpoch = async (home: Home): Promise<void> => {
  const stale: SignedEvent[] = [];
  const { n } = epochOf(home);
  for (const row of home.tables.list('outbox', {}, { order: 'line' }))
    if (row.epoch < n && row.type !== 'routes') stale.push((await readRow(home, row)).event);
  await home.ledger.append(() => composeAgain(home, stale));
};

/** What waits for a key of the Host that signs no more is said again, to the one that does. */
const readdress = async (home: Home): Promise<readonly Line[]> => {
  const key = mailboxOf(home, home.host);
  if (home.kind === 'host' || key === home.host) return [];
  const waiting = () => home.tables.list('outbox', { recipient: home.host }).filter((row) => row.key !== key);
  const lines = new Map<string, SignedEvent>();
  for (const row of waiting()) lines.set(row.id, (await readRow(home, row)).event);
  if (lines.size === 0) return [];
  // Again: another process of this home may have done so meanwhile
  return home.ledger.append(() =>
    composeAgain(
      home,
      waiting().flatMap(({ id }) => lines.get(id) ?? []),
    ),
  );
};
