/** A13, T119: one refused wrap a second for hours, at homes of every kind and by whoever may write to their relays. */
import { expect, test } from 'vitest';
import { toHex } from '../../src/core/encoding/bytes.ts';
import { composeRumor, sealRumor, wrapSeal } from '../../src/core/nostr/envelope.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { composeMessage, type Draft } from '../../src/core/protocol/compose.ts';
import { createInbox } from '../../src/services/messaging/inbox.ts';
import { createRejections } from '../../src/services/messaging/rejections.ts';
import { times } from '../support/counts.ts';
import { idealSuite, keyOfPoint } from '../support/ideal-suite.ts';
import { wholeRow } from '../support/rows.ts';
import { createMemoryHome, type MemoryDisk, memoryDisk, seededRandom } from './memory-home.ts';

const suite = idealSuite;
/** More with `SLOW=1`: by then the wraps that are known again are as many as may be. */
const HOURS = times(1, 6);
const START = 1_795_000_000;
const NOBODY = async () => {};

type Kind = 'host' | 'user';
const flooded = (kind: Kind) => {
  const random = seededRandom(`flood of a ${kind}`);
  const time = { now: START * 1000, monotonic: 0 };
  const clock = { now: () => time.now, monotonic: () => time.monotonic, sleep: NOBODY };
  const disk: MemoryDisk = memoryDisk(random, keyOfPoint(suite, random));
  const host =
    kind === 'host' ? {} : { host: toHex(suite.publicKey(keyOfPoint(suite, random))), graph: 'g/acme' };
  /** The process over the same disk, restarted. */
  const start = () => {
    const home = createMemoryHome({ kind, name: 'flooded', clock, random, suite, disk, ...host });
    if (kind === 'host') home.epoch = { n: 1, boot: 'b0'.repeat(16) };
    const rejects = createRejections(home);
    const inbox = createInbox(home, rejects, {
      settled: () => {},
      repeated: () => {},
      read: () => {},
      changed: () => {},
      ephemeral: () => {},
      fenced: () => {},
    });
    return { home, rejects, inbox };
  };
  const pass = (seconds: number) => {
    time.now += seconds * 1000;
    time.monotonic += seconds * 1000;
  };
  return { random, start, pass, now: () => time.now / 1000 };
};
type Flooded = ReturnType<typeof flooded>;

/** A seal that is genuine to its last byte; only who wrote it makes it unwelcome. */
const sealBy = (
  { random, now }: Flooded,
  secretKey: Uint8Array,
  home: ReturnType<Flooded['start']>['home'],
) => {
  const from = toHex(suite.publicKey(secretKey));
  const to = home.self.pubkey;
  const uuid = '01900000-0000-7000-8000-000000000001';
  const said =
    home.kind === 'host'
      ? { type: 'assignment.receipt', body: { assignment: uuid, fence: 1, state: 'started' } }
      : { type: 'task.cancel', body: { session: uuid, reason: 'flood' }, session: uuid };
  const draft = { ...said, from, to, dedup: 'flood' } as Draft;
  const role = home.kind === 'host' ? 'runner' : 'user';
  const event = composeMessage(suite, draft, {
    ...{ role, secretKey, graph: home.graph, seq: { stream: 'f0'.repeat(16), n: 1 } },
    ...{ epoch: { n: 1, boot: 'b0'.repeat(16) }, rev: null, createdAt: now(), random },
  });
  const layer = {
    secretKey,
    recipient: to,
    createdAt: now(),
    nonce: random(32),
    aux: random(32),
    blind: random(32),
  };
  return sealRumor(suite, composeRumor(suite, event, to), layer);
};
const wrapOf = ({ random, now }: Flooded, seal: SignedEvent, recipient: string): string =>
  JSON.stringify(
    wrapSeal(suite, seal, {
      ...{ recipient, createdAt: now(), ephemeral: false, oneTimeKey: random(32) },
      ...{ nonce: random(32), aux: random(32), blind: random(32) },
    }),
  );

test.each([
  ['a stranger at a person', 'user', 'unknown_signer', false],
  ['a stranger at the Host', 'host', 'unknown_signer', false],
  ['a runner that is pending, and a member of the relay, at the Host', 'host', 'not_trusted', true],
] as const)(
  `A13 %s: ${HOURS} hours are so many lines, and each refusal is counted`,
  async (_who, kind, reason, isPending) => {
    const one = flooded(kind);
    const secretKey = keyOfPoint(suite, one.random);
    const pubkey = toHex(suite.publicKey(secretKey));
    const run = () => {
      const process = one.start();
      if (isPending)
        process.home.tables.put('hellos', wholeRow('hellos', { pubkey, name: 'r9', role: 'runner' }));
      return process;
    };
    let { home, rejects, inbox } = run();
    const seal = sealBy(one, secretKey, home);
    const seconds = HOURS * 3600;
    for (let second = 0; second < seconds; second++) {
      await inbox.receive(wrapOf(one, seal, home.self.pubkey));
      await rejects.flush();
      one.pass(1);
      if (second !== seconds / 2) continue;
      // Each process that ends writes down what it counted; the next begins anew.
      await rejects.flush(true);
      ({ home, rejects, inbox } = run());
    }
    await rejects.flush(true);
    expect(home.tables.list('rejects')).toEqual([
      { reason, signer: isPending ? pubkey : '', count: seconds, first: START, last: START + seconds - 1 },
    ]);
    // One a second would be as many lines as there are seconds.
    expect(home.ledger.head.n).toBeLessThanOrEqual(HOURS + 4);
    expect(home.tables.count('messages', { type: 'rejects.counted' })).toBe(home.ledger.head.n);
    expect(home.tables.count('refused')).toBeLessThanOrEqual(5_000);
    expect(home.tables.count('seen')).toBe(0);
  },
);
