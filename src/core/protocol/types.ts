/** The part of the table that the graph decides with. */
import type { TypeInfo } from '../graph/edges.ts';
import { messageTypes } from './table.ts';

/** Message types that travel over edges; the control plane is not the graph's to open or close. */
export const TYPES: readonly TypeInfo[] = messageTypes().flatMap(([type, row]) =>
  Array.isArray(row.sends) ? [{ type, signers: row.signers, sends: row.sends, to: row.to }] : [],
);
