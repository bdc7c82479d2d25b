/** Prunes the record of a Host that is not running: what is begun is finished by the next start, and is on record then. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { pruneLedger } from '../../adapters/ledger/prune.ts';
import { lastSegment } from '../../adapters/ledger/read.ts';
import { verifyLedger } from '../../adapters/ledger/verify.ts';
import { HISTORY_DIRECTORY } from '../../adapters/sqlite/chunks.ts';
import { PROJECTION_FILE } from '../../adapters/sqlite/projection.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { clearUnfinished, readBounded, writeAtomic } from '../../adapters/system/files.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { count } from '../../core/encoding/schema.ts';
import { parseStrict } from '../../core/encoding/strict-json.ts';
import { durationMs, isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { prunableLines } from '../../services/host/prunable.ts';
import type { Home } from '../../services/messaging/home.ts';
import { record } from '../../services/messaging/rejections.ts';
import type { HostConfig } from '../../services/setup/config.ts';
import { foldedTables } from './folded-tables.ts';

const MARKER = 'pruning.json';
const MAX_BYTES = 4_096;
const DAY_MS = 86_400_000;

/** `before`: Unix milliseconds. `after`: the last line of the ledger as it began: what is on record of it stands behind. */
const begunShape = z.strictObject({ before: count, lines: count, sessions: count, after: count });
export type Pruning = z.infer<typeof begunShape>;

/** What was begun and is not on record yet. */
export const begunPruning = async (directory: string): Promise<Pruning | null> => {
  const bytes = await readBounded(join(directory, MARKER), MAX_BYTES);
  if (bytes === undefined) return null;
  const read = readShape(begunShape, parseStrict(bytes.toString('utf8')));
  if (read.success) return read.data;
  throw new EntangleError('invalid', `${join(directory, MARKER)} is damaged`, {
    hint: 'remove the file: the next `entangle host audit prune` does what is left',
  });
};

export const requireNoHold = ({ holds = [] }: Pick<HostConfig, 'holds'>): void => {
  if (holds.length === 0) return;
  const names = holds.map(({ name }) => name).join(', ');
  throw new EntangleError('denied', `nothing is pruned under a legal hold: ${names}`, {
    hint: 'see `entangle host audit hold list`; `entangle host audit hold rm NAME` ends one',
  });
};

/** What of it would go now; nothing is changed. */
export const prunableIn = async (directory: string, before: number) =>
  prunableLines(await foldedTables(directory), before);

/** Takes out what is older, of a ledger whose every line is right. Null where nothing is. */
export const pruneBefore = async (
  directory: string,
  config: Pick<HostConfig, 'holds'>,
  wanted: number,
): Promise<Pruning | null> => {
  requireNoHold(config);
  const ledger = join(directory, 'ledger');
  // A Host that never served has nothing to lose
  if ((await lastSegment(ledger)) === 0) return null;
  const lock = await acquireLock(join(ledger, 'lock'), 'entangle host audit prune');
  try {
    // Of read models or a segment that a killed process was writing: they have the words too
    for (const place of [directory, ledger]) await clearUnfinished(place, 0);
    const cutOff = await begunPruning(directory);
    const before = Math.max(wanted, cutOff?.before ?? 0);
    const { lines, sessions } = await prunableIn(directory, before);
    if (lines.size === 0) return null;
    const { n: after } = await verifyLedger(ledger, suiteWasm);
    // Of one that was cut off the larger numbers are those of the words that were there
    const begun = {
      before,
      lines: Math.max(lines.size, cutOff?.lines ?? 0),
      sessions: Math.max(sessions, cutOff?.sessions ?? 0),
      after,
    };
    await writeAtomic(join(directory, MARKER), Buffer.from(JSON.stringify(begun)));
    await pruneLedger(ledger, lines);
    await rm(join(directory, PROJECTION_FILE), { force: true });
    await rm(join(directory, HISTORY_DIRECTORY), { recursive: true, force: true });
    return begun;
  } finally {
    await lock.release();
  }
};

/** Once the home is open: the Host's word of what was pruned, where no hold came between. */
export const recordPruning = async (
  directory: string,
  { holds = [] }: Pick<HostConfig, 'holds'>,
  home: Home,
): Promise<void> => {
  const begun = await begunPruning(directory);
  if (begun === null || holds.length > 0) return;
  const { after, ...pruned } = begun;
  const isOnRecord = home.tables.list('messages', { type: 'ledger.pruned' }).some(({ line }) => line > after);
  if (!isOnRecord) await record(home, 'ledger.pruned', { ...pruned, before: isoTime(pruned.before) });
  await rm(join(directory, MARKER), { force: true });
};

/** Before a Host starts: what was begun, and what its retention wants. */
export const pruneAtStart = async (
  directory: string,
  config: Pick<HostConfig, 'holds' | 'retention'>,
  log: Home['log'],
): Promise<void> => {
  const begun = await begunPruning(directory);
  const keptMs = config.retention === undefined ? null : durationMs(config.retention);
  const now = systemClock.now();
  const due = keptMs === null ? null : Math.floor((now - keptMs) / DAY_MS) * DAY_MS;
  const before = Math.max(begun?.before ?? 0, due ?? 0);
  if (before <= 0) return;
  if ((config.holds ?? []).length > 0)
    return log('warning', 'nothing is pruned: there is a legal hold; see `entangle host audit hold list`');
  const pruned = await pruneBefore(directory, config, before);
  if (pruned)
    log(
      'info',
      `pruned ${pruned.lines} lines of ${pruned.sessions} sessions that were over before ${isoTime(before)}`,
    );
};
