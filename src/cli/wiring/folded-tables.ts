/** The read models of a home that another process may serve. */
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { readAfter } from '../../adapters/ledger/tail.ts';
import { openProjection, PROJECTION_FILE } from '../../adapters/sqlite/projection.ts';
import { foldLine } from '../../core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION, type Tables } from '../../core/projection/rows.ts';
import { historyOf } from './history.ts';

/** Folds what came since they were saved into read models of its own, which are never saved. */
export const foldedTables = async (directory: string): Promise<Tables> => {
  const projection = await openProjection({
    file: join(directory, PROJECTION_FILE),
    schema: ROWS,
    schemaVersion: SCHEMA_VERSION,
    sha256: suiteWasm.sha256,
    history: historyOf(directory),
  });
  for (const line of await readAfter(join(directory, 'ledger'), projection.folded))
    projection.fold(line.n, () => foldLine(projection.tables, line, suiteWasm.sha256));
  return projection.tables;
};
