/** What is in each pane, row by row: what is filtered, selected and drawn. Texts are as they came. */

import { isWord } from '../../core/encoding/grammar.ts';
import type { Unplaced } from '../../core/graph/change/placement.ts';
import { isSessionOver } from '../../core/host-api/session-end.ts';
import type { AuditEntry, TraceEntry } from '../../core/host-api/shapes.ts';
import { trustText } from '../../core/host-api/trust-text.ts';
import { OPEN_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';
import { auditWords } from '../../services/host/audit-words.ts';
import { entryWords } from '../../services/host/trace-words.ts';
import type {
  AssignmentItem,
  HeldSession,
  Overview,
  RejectItem,
  RunnerItem,
} from '../../services/host/watch.ts';
import { hasWords } from '../shell/typed-text.ts';
import { type HostPane, type HostScreen, isStreamed } from './state.ts';

export type HostRow = { id: string } & (
  | { is: 'runner'; runner: RunnerItem; nodes: readonly string[] }
  | { is: 'assignment'; assignment: AssignmentItem }
  | { is: 'nowhere'; unplaced: Unplaced }
  | { is: 'session'; session: HeldSession }
  | { is: 'entry'; entry: TraceEntry }
  | { is: 'act'; act: AuditEntry }
  | { is: 'reject'; reject: RejectItem }
);

/** Of those that are over so many are shown. */
const OVER = 20;

export const isOpenAssignment = ({ state }: AssignmentItem): boolean => isWord(OPEN_ASSIGNMENT_STATES, state);

const runnerRows = ({ runners, assignments }: Overview): HostRow[] =>
  runners.map((runner) => ({
    ...{ is: 'runner', id: runner.npub, runner },
    nodes: assignments
      .filter((one) => isOpenAssignment(one) && one.runner === runner.name)
      .map(({ node }) => node),
  }));

/** What runs nowhere first, then what runs and what it works on, then what is over, the last first. */
const assignmentRows = ({ assignments, nowhere, sessions }: Overview): HostRow[] => {
  const rowOf = (assignment: AssignmentItem): HostRow => ({
    ...{ is: 'assignment', id: assignment.id, assignment },
  });
  const sessionRow = (session: HeldSession): HostRow => ({ is: 'session', id: session.id, session });
  // Their ids sort by time
  const ended = assignments
    .filter((one) => !isOpenAssignment(one))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1));
  return [
    ...nowhere.map((unplaced): HostRow => ({ is: 'nowhere', id: `nowhere ${unplaced.node}`, unplaced })),
    ...assignments.filter(isOpenAssignment).map(rowOf),
    ...sessions.filter((one) => !isSessionOver(one)).map(sessionRow),
    ...sessions.filter(isSessionOver).slice(0, OVER).map(sessionRow),
    ...ended.slice(0, OVER).map(rowOf),
  ];
};

const rejectRows = ({ rejects }: Overview): HostRow[] =>
  rejects.map((reject) => ({ is: 'reject', id: `${reject.reason} ${reject.signer}`, reject }));

const allRows = ({ overview, trace, audit }: HostScreen, pane: HostPane): HostRow[] => {
  if (pane === 'trace') return trace.map((entry) => ({ is: 'entry', id: entry.cursor, entry }));
  if (pane === 'audit') return audit.map((act) => ({ is: 'act', id: act.cursor, act }));
  if (overview === null) return [];
  switch (pane) {
    case 'runners':
      return runnerRows(overview);
    case 'assignments':
      return assignmentRows(overview);
    case 'rejects':
      return rejectRows(overview);
  }
};

/** What a filter looks at: all that the row says, and the ids behind it. */
const wordsOf = (row: HostRow): (string | null)[] => {
  switch (row.is) {
    case 'runner': {
      const { name, npub, liveness, sandbox, engines } = row.runner;
      return [name, npub, trustText(row.runner), liveness, ...sandbox, ...engines, ...row.nodes];
    }
    case 'assignment': {
      const { id, node, runner, state, reason } = row.assignment;
      return [id, node, runner, state, reason];
    }
    case 'nowhere':
      return [row.unplaced.node, 'runs nowhere', row.unplaced.because];
    case 'session': {
      const { id, node, requester, state, reason } = row.session;
      return [id, node, requester, state, reason];
    }
    case 'entry':
      return [entryWords(row.entry), row.entry.session, row.entry.event];
    case 'act':
      return [auditWords(row.act), row.act.event, row.act.subject, row.act.at];
    case 'reject':
      return [row.reject.reason, row.reject.signer];
  }
};

/** Those that the filter leaves. */
export const hostRows = (screen: HostScreen, pane: HostPane): HostRow[] => {
  const rows = allRows(screen, pane);
  const { filter } = screen;
  return filter === '' ? rows : rows.filter((row) => hasWords(filter, ...wordsOf(row)));
};

/** Where the selection is; what is selected and gone is nowhere, and nothing took its place. */
export const selectedAt = (screen: HostScreen, pane: HostPane, rows: readonly HostRow[]): number => {
  const selected = screen.selected[pane];
  if (selected === null) return isStreamed(pane) ? rows.length - 1 : 0;
  return rows.findIndex(({ id }) => id === selected);
};

export const selectedRow = (screen: HostScreen): HostRow | null => {
  const rows = hostRows(screen, screen.pane);
  return rows[selectedAt(screen, screen.pane, rows)] ?? null;
};
