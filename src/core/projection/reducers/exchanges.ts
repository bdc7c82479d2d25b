/** Exchanges: what one node opened with another and is neither answered nor over with its session; they fill an edge's places. */
import { COURSES } from '../../graph/edges.ts';
import type { MessageType } from '../../protocol/table.ts';
import { MESSAGE_DIRECTIONS } from '../../vocabulary.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { RowOf, Tables } from '../rows.ts';

/** By the type that opens an exchange: the one that answers it. */
const ANSWER: ReadonlyMap<string, MessageType> = new Map(
  COURSES.map(({ opens, answers }) => [opens, answers]),
);
/** The types that open an exchange. */
export const OPENERS: readonly MessageType[] = [...new Set(COURSES.map(({ opens }) => opens))];
/** A task ends with its session, which may take several attempts; who asked a person may close it unanswered. */
const CLOSERS = (type: string): MessageType[] =>
  [ANSWER.get(type)!, ...(['approval.closed', 'review.closed', 'escalation.closed'] as const)].filter(
    (closer) => closer !== 'task.result',
  );

/** After the reducer of a message: the exchange that it opens, answers or ends. */
export const followExchanges = (tables: Tables, told: LedgerMessage): void => {
  const session = (told.body as { session?: string }).session ?? told.session;
  if (ANSWER.has(told.type))
    settle(tables, {
      id: told.id,
      dir: told.dir,
      type: told.type,
      sender: told.from,
      recipient: told.to,
      session,
      open: 1,
    });
  if (told.re !== null)
    for (const dir of MESSAGE_DIRECTIONS) settle(tables, tables.get('exchanges', told.re, dir));
  if (session !== null) settleSession(tables, session);
};

export const settleSession = (tables: Tables, session: string): void => {
  for (const row of tables.list('exchanges', { session })) settle(tables, row);
};

const settle = (tables: Tables, row: RowOf<'exchanges'> | undefined): void => {
  if (!row) return;
  const isOver = row.session !== null && tables.get('sessions', row.session)?.open === 0;
  const isAnswered = CLOSERS(row.type).some(
    (type) => tables.list('messages', { re: row.id, type }, { limit: 1 }).length > 0,
  );
  tables.put('exchanges', { ...row, open: isOver || isAnswered ? 0 : 1 });
};
