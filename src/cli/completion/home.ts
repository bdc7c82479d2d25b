/**
 * What lies in a home, looked at: no lock, no key, no relay, nothing written. It may be behind what a process that serves
 * the home has in memory, and nothing of it is verified: it is offered, and the command that takes it looks again.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openProjection, PROJECTION_FILE } from '../../adapters/sqlite/projection.ts';
import { ROWS, SCHEMA_VERSION, type Tables } from '../../core/projection/rows.ts';
import { historyOf } from '../wiring/history.ts';

/** More takes longer to read than a person waits. */
const MAX_PROJECTION_BYTES = 64 * 1_048_576;
const TAIL_BYTES = 1_048_576;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** The read models as they were saved, where they were, and with the lines that came since, where these are few. */
export const lookAt = async (directory: string): Promise<Tables> => {
  const file = join(directory, PROJECTION_FILE);
  const [projection, { readTail }] = await Promise.all([
    openProjection({
      file,
      schema: ROWS,
      schemaVersion: SCHEMA_VERSION,
      sha256,
      most: MAX_PROJECTION_BYTES,
      history: historyOf(directory),
    }),
    import('../../adapters/ledger/tail.ts'),
  ]);
  const { folded, tables } = projection;
  const lines = await readTail(join(directory, 'ledger'), folded, TAIL_BYTES);
  // Too many came since
  if (lines[0]?.n !== folded + 1) return tables;
  const { foldLine } = await import('../../core/projection/fold.ts');
  for (const line of lines) projection.fold(line.n, () => foldLine(tables, line, sha256));
  return tables;
};
