/** The message table as the graph sees it: the same for files, for the Host and for explanations. */
import type { TypeInfo } from '../../core/graph/edges.ts';
import { messageTypes } from '../../core/protocol/table.ts';

const sendsOf = (sends: readonly string[] | 'any' | null): readonly string[] =>
  sends === 'any' ? ['any'] : (sends ?? []);

/** Every type; those of the control plane cross no edge. */
export const GRAPH_TYPES: readonly TypeInfo[] = messageTypes().map(([type, { signers, sends, to }]) => ({
  type,
  signers,
  to,
  sends: sendsOf(sends),
}));
