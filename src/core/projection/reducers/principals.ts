/** Git principals: the last word of a name counts, by its own number. */
import type { Line } from '../../ledger/line.ts';
import type { RecordBody } from '../../protocol/messages/records.ts';
import type { RowOf, Tables } from '../rows.ts';

const say = (tables: Tables, said: RowOf<'principals'>): void => {
  if ((tables.get('principals', said.name)?.n ?? 0) < said.n) tables.put('principals', said);
};

export const reducePrincipalSet = (
  tables: Tables,
  body: RecordBody<'principal.set'>,
  { event }: Line,
): void => say(tables, { ...body, at: event.created_at });

export const reducePrincipalRemoved = (
  tables: Tables,
  body: RecordBody<'principal.removed'>,
  { event }: Line,
): void => say(tables, { ...body, version: '', facts: null, at: event.created_at });
