/** What a person means by an id: the whole of it, or its start or end where that is unambiguous. */
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { type WorkTable, waitsForMe } from './views.ts';

/** Tables whose rows a person names. */
type PickTable = WorkTable | 'artifacts';

/** Shorter ones would soon mean another thing. */
const LEAST = 4;
const hint = 'see `entangle user inbox`';

/** What is there may be without number: a whole id is not searched for. */
const EXACT: { readonly [T in PickTable]: (home: Home, id: string) => RowOf<T> | undefined } = {
  sessions: ({ tables }, id) => tables.get('sessions', id),
  approvals: ({ tables }, id) => tables.get('approvals', id),
  artifacts: ({ tables }, id) => tables.get('artifacts', id),
};

const near = <T extends PickTable>(home: Home, table: T, id: string): RowOf<T>[] => {
  const exact = EXACT[table](home, id);
  if (exact) return [exact];
  if (id.length < LEAST) return [];
  return home.tables.list(table).filter((row) => row.id.startsWith(id) || row.id.endsWith(id));
};

/** Whether the id stands for a row of the table, or for several. */
export const isMeant = (home: Home, table: PickTable, id: string): boolean =>
  near(home, table, id).length > 0;

export const pick = <T extends PickTable>(home: Home, table: T, id: string): RowOf<T> => {
  const [found, ...others] = near(home, table, id);
  if (found && others.length === 0) return found;
  const what = table.slice(0, -1);
  throw found
    ? new EntangleError('not_found', `"${id}" matches more than one ${what}`, {
        hint: 'give more characters of the id: see `entangle user inbox --all`',
      })
    : new EntangleError('not_found', `no ${what} "${id}"`, { hint });
};

/** An approval, by its own id or by that of the session whose only open question it is. */
export const pickApproval = (home: Home, id: string): RowOf<'approvals'> => {
  if (isMeant(home, 'approvals', id) || !isMeant(home, 'sessions', id)) return pick(home, 'approvals', id);
  const session = pick(home, 'sessions', id).id;
  const open = home.tables.list('approvals', { session }).filter((row) => waitsForMe(home, row));
  if (open.length === 1) return open[0]!;
  throw new EntangleError(
    'not_found',
    open.length === 0
      ? `session ${session} has no approval waiting for you`
      : `session ${session} has several approvals waiting for you: ${open.map((row) => row.id).join(', ')}`,
    { hint },
  );
};
