/** The read models of homes whose past is sealed, file by file: the same ones, wherever a fold begins. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { removeMark } from '../../src/adapters/ledger/mark.ts';
import { removeSeals } from '../../src/adapters/ledger/seals.ts';
import { verifyLedger } from '../../src/adapters/ledger/verify.ts';
import { openProjection } from '../../src/adapters/sqlite/projection.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Entry, Line } from '../../src/core/ledger/line.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION } from '../../src/core/projection/rows.ts';
import type { HomeName } from '../support/chronicle.ts';
import { createHistory } from '../support/history.ts';
import { markSigner, ownEntry } from '../support/ledger-marks.ts';
import { createWorld } from '../support/world.ts';

const history = createHistory(createWorld(suiteWasm));
const HOMES: HomeName[] = ['host', 'runner', 'user'];
const MINE = markSigner(7);
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-sealed-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Opens the ledger and folds what the projection file lacks, as a home does. */
const opened = async () => {
  const told: string[] = [];
  const { sha256 } = suiteWasm;
  const file = join(directory, 'projection.sqlite');
  const projection = await openProjection({ file, schema: ROWS, schemaVersion: SCHEMA_VERSION, sha256 });
  const fold = (line: Line) => {
    if (line.n > projection.folded) projection.fold(line.n, () => foldLine(projection.tables, line, sha256));
  };
  const ledger = await openLedger({
    ...{ directory, mode: 'exclusive', from: 0, known: projection.folded - 1, follow: fold },
    ...{ clock: systemClock, sha256, marks: MINE, segmentBytes: 8_000 },
    onMark: (why) => told.push(why),
  });
  return {
    ...{ ledger, projection, told },
    async close() {
      const digest = projection.digest();
      await ledger.close();
      projection.close();
      return digest;
    },
  };
};
const digest = async () => {
  const one = await opened();
  expect(one.told).toEqual([]);
  return one.close();
};
/** As many as a mark is worth, which the home itself wrote, and then what happened. */
const entriesOf = (home: HomeName): Entry[] => [
  ...Array<Entry>(260).fill(ownEntry(7)),
  ...history[home].map(({ dir, event }) => ({ dir, event })),
];
const append = async ({ ledger }: Awaited<ReturnType<typeof opened>>, entries: Entry[]) => {
  for (let i = 0; i < entries.length; i += 5) await ledger.append(() => entries.slice(i, i + 5));
};

describe.each(HOMES)('a %s', (home) => {
  test('has the same read models from any line on, with seals and without, and each segment is as it was sealed', async () => {
    const entries = entriesOf(home);
    const one = await opened();
    await append(one, entries.slice(0, 270));
    await one.projection.save();
    await append(one, entries.slice(270));
    const lived = await one.close();
    const segments = (await readdir(directory)).filter((name) => name.endsWith('.ndjson')).length;
    expect(segments).toBeGreaterThan(9);
    expect(await readdir(directory)).toContain('verified.json');
    expect(await digest()).toBe(lived);
    await rm(join(directory, 'projection.sqlite'));
    expect(await digest()).toBe(lived);
    await removeMark(directory);
    await removeSeals(directory);
    expect(await digest()).toBe(lived);
    expect(await verifyLedger(directory, suiteWasm)).toMatchObject({ segments, sealed: segments - 1 });
  });

  test('is given its whole past once more, from the first message on: nothing of it counts again', async () => {
    const entries = entriesOf(home);
    const one = await opened();
    await append(one, entries);
    const lived = await one.close();
    const again = await opened();
    await append(again, entries);
    expect(again.ledger.head.n).toBe(2 * entries.length);
    expect(await again.close()).toBe(lived);
  });
});
