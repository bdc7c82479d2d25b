/** What a person means by an id: the whole of it, or its start or end where that is unambiguous. */
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { type WorkTable, waitsForMe } from './views.ts';

/** Shorter ones would soon mean another thing. */
const LEAST = 4;
const hint = 'see `entangle user inbox`';

const EXACT: { readonly [T in WorkTable]: (home: Home, id: string) => RowOf<T> | undefined } = {
  sessions: ({ tables }, id) => tables.get('sessions', id),
  approvals: ({ tables }, id) => tables.get('approvals', id),
};

const near = <T extends WorkTable>(home: Home, table: T, id: string): RowOf<T>[] => {
  const exact = EXACT[table](home, id);
  if (exact) return [exact];
  if (id.length < LEAST) return [];
  return home.tables.list(table).filter((row) => row.id.startsWith(id) || row.id.endsWith(id));
};

export const pick = <T extends WorkTable>(home: Home, table: T, id: string): RowOf<T> => {
  const [found, ...others] = near(home, table, id);
  if (found && others.length === 0) return found;
  const what = table === 'sessions' ? 'session' : 'approval';
  throw new EntangleError(
    'not_found',
    found ? `"${id}" matches more than one ${what}` : `no ${what} "${id}"`,
    {
      hint: found ? 'give more characters of the id: see `entangle user inbox --all`' : hint,
    },
  );
};

/** An approval, by its own id or by that of the session whose only open question it is. */
export const pickApproval = (home: Home, id: string): RowOf<'approvals'> => {
  const [session, ...others] = near(home, 'sessions', id);
  if (near(home, 'approvals', id).length > 0 || !session || others.length > 0)
    return pick(home, 'approvals', id);
  const open = home.tables.list('approvals', { session: session.id }).filter((row) => waitsForMe(home, row));
  if (open.length === 1) return open[0]!;
  throw new EntangleError(
    'not_found',
    open.length === 0
      ? `session ${session.id} has no approval waiting for you`
      : `session ${session.id} has several approvals waiting for you: ${open.map((row) => row.id).join(', ')}`,
    { hint },
  );
};
