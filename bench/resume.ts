/** How long a ledger of 100,000 lines takes to open: from its mark, against verifying every line. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suiteWasm } from '../src/adapters/crypto/suite-wasm.ts';
import { openLedger } from '../src/adapters/ledger/ledger.ts';
import type { MarkSigner } from '../src/adapters/ledger/mark.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import { toHex } from '../src/core/encoding/bytes.ts';
import type { Entry } from '../src/core/ledger/line.ts';
import { readMark, readSegmentSeal, writeMark, writeSegmentSeal } from '../src/core/ledger/mark.ts';
import { signEvent } from '../src/core/nostr/event.ts';

const LINES = 100_000;
const BATCH = 1_000;
const KEY = new Uint8Array(32).fill(7);
const AUX = new Uint8Array(32);
const pubkey = toHex(suiteWasm.publicKey(KEY));
const signer = { secretKey: KEY, createdAt: 1_790_000_000, aux: AUX };
const marks: MarkSigner = {
  sign: (mark) => writeMark(suiteWasm, mark, signer),
  read: (text) => readMark(suiteWasm, (by) => by === pubkey, text),
  signSeal: (seal) => writeSegmentSeal(suiteWasm, seal, signer),
  readSeal: (text) => readSegmentSeal(suiteWasm, (by) => by === pubkey, text),
};
/** A message of about a kilobyte under its seal, as an outgoing line keeps it. */
const event = (content: string) =>
  signEvent(suiteWasm, { kind: 24157, created_at: 1_790_000_000, tags: [], content }, KEY, AUX);
const ENTRY: Entry = { dir: 'out', event: event('x'.repeat(900)), seal: event('y'.repeat(1_500)) };

const opened = (directory: string, marked: boolean) =>
  openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    known: LINES,
    follow: () => {},
    clock: systemClock,
    sha256: suiteWasm.sha256,
    ...(marked ? { marks } : {}),
  });
const timed = async (directory: string, marked: boolean): Promise<number> => {
  const start = performance.now();
  const ledger = await opened(directory, marked);
  const took = performance.now() - start;
  await ledger.close();
  return took;
};

/** Milliseconds, the best of several rounds turn about; `ratio` is how many times faster the mark makes it. */
export const run = async (rounds = 5, lines = LINES) => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-bench-'));
  try {
    const ledger = await opened(directory, true);
    for (let n = 0; n < lines; n += BATCH) await ledger.append(() => Array<Entry>(BATCH).fill(ENTRY));
    await ledger.close();
    const best = { ours: Number.POSITIVE_INFINITY, theirs: Number.POSITIVE_INFINITY };
    for (let i = 0; i < rounds; i++) {
      best.ours = Math.min(best.ours, await timed(directory, true));
      best.theirs = Math.min(best.theirs, await timed(directory, false));
    }
    const name = `a ledger of ${lines} lines from its mark, against all of it`;
    return { name, ...best, ratio: best.theirs / best.ours, unit: 'ms' };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
