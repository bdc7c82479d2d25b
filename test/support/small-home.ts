/** The ledger and the read models of a home whose segments, chunks and marks are small: all that happens seldom happens often. */
import { join } from 'node:path';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { type OpenLedgerOptions, openLedger } from '../../src/adapters/ledger/ledger.ts';
import { openProjection, PROJECTION_FILE } from '../../src/adapters/sqlite/projection.ts';
import { historyOf } from '../../src/cli/wiring/history.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import { markSigner } from './ledger-marks.ts';

const BOUNDS = { after: 30, every: 10 };
const { sha256 } = suiteWasm;

export const openSmall = async (
  directory: string,
  options: Pick<OpenLedgerOptions, 'clock'> & Partial<OpenLedgerOptions>,
) => {
  const projection = await openProjection({
    ...{ file: join(directory, PROJECTION_FILE), schema: ROWS, schemaVersion: 1, sha256 },
    history: { ...historyOf(directory, BOUNDS), isAlone: true },
  });
  const { folded } = projection;
  const ledger = await openLedger({
    ...{ directory: join(directory, 'ledger'), mode: 'exclusive', from: 0, known: folded - 1 },
    ...{ sha256, marks: markSigner(7), segmentBytes: 40_000, ...options },
    follow: (line) => {
      if (line.n > projection.folded)
        projection.fold(line.n, () => foldLine(projection.tables, line, sha256));
    },
  });
  return { projection, ledger, folded };
};
