/** The read models of a whole history in their file: those of plain maps, wherever a process stopped in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HomeName } from '../../../test/support/chronicle.ts';
import { createHistory } from '../../../test/support/history.ts';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { createWorld } from '../../../test/support/world.ts';
import { dump } from '../../core/projection/dump.ts';
import { foldLine } from '../../core/projection/fold.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { openProjection } from './projection.ts';

const world = createWorld();
const { sha256 } = world.suite;
const history = createHistory(world);

test.each<HomeName>(['host', 'runner', 'user'])(
  'of a %s, saved and opened again after every seventh line',
  async (home) => {
    const directory = await mkdtemp(join(tmpdir(), 'entangle-history-'));
    const open = () =>
      openProjection({ file: join(directory, 'p.sqlite'), schema: ROWS, schemaVersion: 1, sha256 });
    try {
      const oracle = memoryTables(ROWS);
      let projection = await open();
      for (const line of history[home]) {
        foldLine(oracle, line, sha256);
        projection.fold(line.n, () => foldLine(projection.tables, line, sha256));
        if (line.n % 7 !== 0) continue;
        const saving = projection.save();
        await Promise.resolve();
        // Not in the file: it comes while that is written
        projection.tables.put('syncs', { relay: 'r', key: 'k', at: line.n });
        await saving;
        projection.close();
        projection = await open();
        expect(projection.folded).toBe(line.n);
        expect(projection.tables.count('syncs')).toBe(0);
        expect(projection.tables.list('messages')).toEqual(oracle.list('messages'));
      }
      expect(dump(projection.tables, ROWS)).toEqual(dump(oracle, ROWS));
      projection.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);
