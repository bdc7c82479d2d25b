/** Which open sessions somebody runs, as far as signed observations tell. */

import { isTerminal } from '../../core/machines/machine.ts';
import { sessionMachine } from '../../core/machines/session.ts';
import type { Unreached } from '../../core/projection/asked-rows.ts';
import { isRunning, openAssignments, saidUnreached } from '../../core/projection/queries.ts';
import { isOf } from '../../core/projection/reducers/transitions.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';

/**
 * A session is told of by the runner that had its node. Where that assignment is over, or came after all that was told,
 * nobody runs it now: its requester asks again, or has ended it, which no message tells the Host.
 */
const isHeld = ({ tables }: Home, { id, node, attempt }: RowOf<'sessions'>): boolean => {
  const [first] = tables.list('transitions', { kind: 'session', id, attempt, step: 0 });
  if (first === undefined) return false;
  const [last] = tables.list(
    'messages',
    { session: id, type: 'session.observed', sender: first.by, dir: 'in' },
    { order: 'line', descending: true, limit: 1 },
  );
  return tables
    .list('assignments', { node, runner: first.by })
    .filter(isRunning)
    .some((one) => (tables.get('messages', one.accept ?? '', 'in')?.line ?? 0) < (last?.line ?? 0));
};

export type Attempt = { attempt: number; runner: string };

/**
 * Attempts that may go on: of each runner its last, while it has the node, or is offered it, and has told no end. Whoever asked may not
 * have heard of an end, and ask for an attempt after it.
 */
export const openAttempts = ({ tables }: Home, id: string): Attempt[] => {
  const told = tables.list('transitions', { kind: 'session', id }).filter(isOf('session'));
  // In the order of their key: by attempt
  const last = new Map(told.map(({ by, attempt }) => [by, attempt]));
  const isOver = ({ runner, attempt }: Attempt) =>
    told.some((one) => one.by === runner && one.attempt === attempt && isTerminal(sessionMachine, one.state));
  const open = [...last].map(([runner, attempt]) => ({ runner, attempt })).filter((one) => !isOver(one));
  if (open.length === 0) return [];
  const node = tables.get('sessions', id)?.node;
  const has = openAssignments(tables).filter((one) => one.node === node);
  return open.filter(({ runner }) => has.some((one) => one.runner === runner));
};

/** Also one that is over, where its requester had not heard of the end and somebody else was asked again: that is work as well. */
export const goesOn = (home: Home, row: RowOf<'sessions'>): boolean =>
  row.open === 1 ? isHeld(home, row) : row.asked_again !== null && openAttempts(home, row.id).length > 0;

/** Whom its node waits for and has not reached, as the runner says that told of this attempt. */
export const waitsOf = ({ tables }: Home, session: RowOf<'sessions'>): Unreached[] => {
  const { id, attempt, open } = session;
  const [first] = tables.list('transitions', { kind: 'session', id, attempt, step: 0 });
  return open === 1 && first ? saidUnreached(tables, session, first.by) : [];
};

/** Those that are over, and are work again. */
export const takenUpAgain = (home: Home, of: { node?: string } = {}): RowOf<'sessions'>[] => {
  const nodes = new Set(openAssignments(home.tables).map(({ node }) => node));
  return [...nodes]
    .filter((name) => of.node === undefined || of.node === name)
    .flatMap((name) => home.tables.list('sessions', { asked_again: name }))
    .filter((row) => row.open === 0 && goesOn(home, row));
};

/** The open ones, each with whether somebody runs it. */
export const openSessions = (
  home: Home,
  of: { node?: string } = {},
): { row: RowOf<'sessions'>; held: boolean }[] =>
  home.tables.list('sessions', { open: 1, ...of }).map((row) => ({ row, held: isHeld(home, row) }));
