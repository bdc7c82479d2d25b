/** Tables of every kind of column, for tests of stores. */
import {
  hexText,
  int,
  json,
  nullable,
  type RowIn,
  type Schema,
  shared,
  text,
} from '../../src/core/projection/tables.ts';

export type Labels = Record<string, (string | number | boolean | null)[]>;
export const testSchema = {
  nodes: {
    columns: {
      name: text,
      graph: text,
      state: nullable(text),
      rank: nullable(int),
      seen_at: nullable(text),
      labels: nullable(json<Labels>()),
    },
    key: ['graph', 'name'],
    index: [['state']],
    arrival: ['seen_at'],
  },
  /** Bytes and texts that rows have in common, looked up by and ordered by. */
  signs: {
    columns: {
      id: hexText,
      of: shared<string>(),
      re: nullable(hexText),
      by: nullable(shared<string>()),
      n: int,
    },
    key: ['of', 'id'],
    index: [['by'], ['re', 'by']],
  },
  counts: { columns: { key: text, n: int }, key: ['key'] },
  rejects: { columns: { reason: text, n: int }, key: ['reason'], arrival: ['*'] },
} as const satisfies Schema;

export type NodeRow = RowIn<typeof testSchema, 'nodes'>;
/** A row of which only the key matters. */
export const node = (graph: string, name: string, more: Partial<NodeRow> = {}): NodeRow => ({
  ...{ graph, name, state: null, rank: null, seen_at: null, labels: null },
  ...more,
});
