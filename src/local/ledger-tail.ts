/** Reads ledgers of homes from outside: for the tour, which owns all of them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suiteWasm } from '../adapters/crypto/suite-wasm.ts';
import { type LinePlace, scan } from '../adapters/ledger/read.ts';
import { npub } from '../core/encoding/id.ts';
import { GENESIS, type Line, verifyNext } from '../core/ledger/line.ts';
import { verifyEvent } from '../core/nostr/event.ts';
import { RECORD_KIND } from '../core/protocol/message.ts';
import { signerRole } from '../core/protocol/messages/row.ts';
import { rowOf } from '../core/protocol/table.ts';
import { HOME_KINDS } from '../core/vocabulary.ts';

export type Step = { type: string; signer: string; role: string; eventId: string; ms: number };

/** Every home with a ledger below the root. */
export const ledgersBelow = (root: string): string[] => {
  const named = HOME_KINDS.flatMap((kind) =>
    existsSync(join(root, kind)) ? readdirSync(join(root, kind)).map((name) => join(root, kind, name)) : [],
  );
  return named.map((home) => join(home, 'ledger')).filter((path) => existsSync(path));
};

const START: LinePlace = { segment: 1, offset: 0 };

/** Lines from a place on, and where the next look goes on. */
const linesFrom = async (directory: string, from: LinePlace): Promise<{ lines: Line[]; next: LinePlace }> => {
  const lines: Line[] = [];
  const { next } = await scan(directory, from, { verify: () => {}, each: ({ line }) => lines.push(line) });
  return { lines, next };
};

/** Records are the home's own; of a message its type and kind together say who signs it. */
const roleOf = (type: string, kind: number): string => {
  const row = rowOf(type);
  return (row && signerRole(row, kind)) ?? 'host';
};
const QUIET = [
  'delivery.acked',
  'blob.get',
  'blob.part',
  'rejects.counted',
  'message.held',
  'message.dropped',
];

const stepOf = ({ at, event: { id, kind, pubkey, tags } }: Line): Step => {
  const type = tags.find((tag) => tag[0] === 'type')?.[1] ?? '';
  return { type, signer: npub(pubkey), role: roleOf(type, kind), eventId: id, ms: Date.parse(at) };
};

/** New steps since the last look, each signed event once however many ledgers hold it; oldest first. */
export const stepTail = (root: string): (() => Promise<Step[]>) => {
  const seen = new Set<string>();
  const places = new Map<string, LinePlace>();
  return async () => {
    const steps: Step[] = [];
    for (const directory of ledgersBelow(root)) {
      const { lines, next } = await linesFrom(directory, places.get(directory) ?? START);
      places.set(directory, next);
      for (const line of lines) {
        if (seen.has(line.event.id)) continue;
        seen.add(line.event.id);
        const step = stepOf(line);
        if (!QUIET.includes(step.type) && (line.event.kind !== RECORD_KIND || step.type === 'graph.revision'))
          steps.push(step);
      }
    }
    return steps.sort((a, b) => a.ms - b.ms);
  };
};

/** Counts the events of all ledgers, and those whose signature and place in the chain hold. */
export const verifyLedgers = async (root: string): Promise<{ events: number; verified: number }> => {
  let events = 0;
  let verified = 0;
  for (const directory of ledgersBelow(root)) {
    let head = GENESIS;
    for (const line of (await linesFrom(directory, START)).lines) {
      events += 1;
      head = verifyNext(suiteWasm.sha256, head, line);
      if (verifyEvent(suiteWasm, line.event)) verified += 1;
    }
  }
  return { events, verified };
};
