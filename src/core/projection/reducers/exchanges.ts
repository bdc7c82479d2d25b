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
  if (ANSWER.has(told.type)) {
    const { id, dir, type, from: sender, to: recipient } = told;
    const opened = { id, dir, type, sender, recipient, session, open: 1 } as const;
    tables.put('exchanges', opened);
    settle(tables, opened);
  }
  if (told.re !== null)
    for (const dir of MESSAGE_DIRECTIONS) settle(tables, tables.get('exchanges', told.re, dir));
  if (session !== null) settleSession(tables, session);
};

/** Of a session that is over what is open, else what was closed with it: an answer settles its own. */
export const settleSession = (tables: Tables, session: string): void => {
  const rows = tables.list('exchanges', { session });
  if (rows.length === 0) return;
  const changing = isOver(tables, session) ? 1 : 0;
  for (const row of rows) if (row.open === changing) settle(tables, row);
};

const isOver = (tables: Tables, session: string): boolean => tables.get('sessions', session)?.open === 0;

const isAnswered = (tables: Tables, { id, type }: RowOf<'exchanges'>): boolean =>
  CLOSERS(type).some((closer) => tables.count('messages', { re: id, type: closer }) > 0);

const settle = (tables: Tables, row: RowOf<'exchanges'> | undefined): void => {
  if (!row) return;
  const isClosed = (row.session !== null && isOver(tables, row.session)) || isAnswered(tables, row);
  const open = isClosed ? 0 : 1;
  if (open !== row.open) tables.put('exchanges', { ...row, open });
};
