/** Lines as a Host's ledger may hold them: one of each type or more, with any body that its schema allows. */
import fc from 'fast-check';
import { toHex } from '../../src/core/encoding/bytes.ts';
import { type Entry, GENESIS, type Head, type Line, nextLine } from '../../src/core/ledger/line.ts';
import { eventId, type SignedEvent } from '../../src/core/nostr/event.ts';
import { KIND, RECORD_KIND } from '../../src/core/protocol/message.ts';
import { RECORDS, type RecordType } from '../../src/core/protocol/messages/records.ts';
import { messageTypes } from '../../src/core/protocol/table.ts';
import { bodiesOf, recordBodiesOf } from './bodies.ts';
import { sha256 } from './ledger-events.ts';

const AT = '2026-11-23T10:00:00.000Z';
export const AUDITED_HOST = 'aa'.repeat(32);
const OTHER = 'bb'.repeat(32);

export const RECORDED = Object.keys(RECORDS) as RecordType[];
/** What a Host keeps of what it says and hears; `ack` and the like last for a moment. */
export const HEARD = messageTypes().filter(
  ([, { signers, to, ephemeral }]) => !ephemeral && (signers.includes('host') || to.includes('host')),
);

/** An event of this type and content; no ledger verifies its signature. */
export const eventOf = (type: string, content: string, kind: number, pubkey: string): SignedEvent => {
  const tags = [['type', type]];
  const event = { pubkey, kind, created_at: 1_790_000_000, tags, content };
  const id = eventId({ sha256 }, event);
  return { ...event, id, sig: id + id };
};
const recorded = (type: RecordType, body: unknown): Entry => ({
  dir: 'local',
  event: eventOf(type, JSON.stringify(body), RECORD_KIND, AUDITED_HOST),
});
export const heard = (type: string, body: unknown): Entry => {
  const signer = HEARD.find(([name]) => name === type)?.[1].signers[0] ?? 'runner';
  const isHost = signer === 'host';
  return {
    dir: isHost ? 'out' : 'in',
    event: eventOf(type, JSON.stringify(body), KIND[signer], isHost ? AUDITED_HOST : OTHER),
  };
};

export const chained = (entries: readonly Entry[]): Line[] => {
  let head: Head = GENESIS;
  return entries.map((entry) => {
    const line = nextLine(sha256, head, AT, entry);
    head = line;
    return line;
  });
};

/** `each` of every type, by a seed. */
export const auditLines = (each: number, seed = 1): Line[] => {
  const some = <T>(bodies: fc.Arbitrary<T>): T[] => fc.sample(bodies, { numRuns: each, seed });
  return chained([
    ...RECORDED.flatMap((type) => some(recordBodiesOf(type)).map((body) => recorded(type, body))),
    ...HEARD.flatMap(([type]) => some(bodiesOf(type)).map((body) => heard(type, body))),
  ]);
};

export const recordedLine = recorded;
export const hashOf = (bytes: Uint8Array): string => toHex(sha256(bytes));
