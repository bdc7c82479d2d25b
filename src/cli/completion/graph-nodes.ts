/** The nodes of the active graph, out of the blobs of a Host's home. */
import { join } from 'node:path';
import { readBounded } from '../../adapters/system/files.ts';
import { MAX_GRAPH_BYTES } from '../../core/bounds.ts';
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { parseCanonical } from '../../core/graph/revision.ts';
import type { Tables } from '../../core/projection/rows.ts';
import type { Offer } from './line.ts';

export const activeNodes = async (blobs: string, tables: Tables): Promise<Offer[]> => {
  const [head] = tables.list('revisions', {}, { order: 'n', descending: true, limit: 1 });
  if (head === undefined) return [];
  const bytes = await readBounded(join(blobs, head.digest), MAX_GRAPH_BYTES);
  if (bytes === undefined) return [];
  const { nodes } = parseCanonical(fromUtf8(bytes));
  return [...nodes].map(([word, { kind }]) => ({ word, about: kind }));
};
