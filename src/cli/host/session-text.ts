/** Sessions of a Host as text. Values come in sanitized. */
import { age } from '../../core/encoding/age.ts';
import { shortId } from '../../core/encoding/id.ts';
import { isAtRest, isSessionOver } from '../../core/host-api/session-end.ts';
import type { HostSessionView } from '../../core/host-api/session-views.ts';
import type { OutputOf } from '../../core/host-api/table.ts';
import { waitedName } from '../../core/projection/asked-rows.ts';
import { pairs, table } from '../kit/render.ts';

type Row = OutputOf<'sessions.list'>['items'][number];

export const SESSION_COLUMNS = ['id', 'node', 'asked by', 'state', 'attempt', 'since', 'about'] as const;

/** A runner begins it anew when its requester, who does so unasked, has sent the task again: a command that was run once is away. */
const askedAgain = ({ requester }: { requester: string }): string => `${requester} asks again, once online`;

/** What is said where the list is empty: of all sessions, or of those that were asked for. */
export const noSessionsText = (of: { open?: boolean; node?: string | undefined }): string =>
  of.open || of.node
    ? `no ${of.open ? 'open ' : ''}sessions${of.node ? ` of ${of.node}` : ''}`
    : 'no sessions: no runner told of one';

/** Its reason; while it goes on what keeps it, and what an operator wants. */
const aboutOf = (row: Row): string | null => {
  if (isAtRest(row)) return row.reason;
  const says = [
    ...(isSessionOver(row)
      ? ['asked for again: somebody runs it']
      : row.held
        ? []
        : [`nobody runs it: ${askedAgain(row)}`]),
    ...(row.cancel === null ? [] : [`to be ended, says ${row.cancel.by}`]),
    ...row.waits.map((one) => `waits for ${waitedName(one)} (${one.ask})`),
  ];
  return says.join('; ') || row.reason;
};

/** Short ids, where they are enough to tell these from each other. */
export const sessionCells = (rows: readonly Row[], now: number): (string | number | null)[][] => {
  const times = Map.groupBy(rows, ({ id }) => shortId(id));
  return rows.map((row) => {
    const short = shortId(row.id);
    const id = times.get(short)!.length === 1 ? short : row.id;
    return [id, row.node, row.requester, row.state, row.attempt, age(row.since, now), aboutOf(row)];
  });
};

const attemptsTable = ({ attempts }: HostSessionView, now: number, width: number): string =>
  table(
    ['attempt', 'runner', 'fence', 'state', 'first', 'last', 'told to end it', 'reason'],
    attempts.map((one) => [
      ...[one.attempt, one.runner, one.fence, one.state, age(one.first, now), age(one.last, now)],
      one.told && `${age(one.told.at, now)}, ${one.told.acked ? 'acknowledged' : 'not acknowledged'}`,
      one.reason,
    ]),
    width,
  );

export const hostSessionText = (one: HostSessionView, now: number, width: number): string => {
  const { cancel } = one;
  const waits = one.waits.map(
    (wait) =>
      `${wait.node} waits for ${waitedName(wait)} (${wait.ask}), not reached since ${age(wait.since, now)}`,
  );
  const facts = pairs([
    ['session', one.id],
    ['node', one.node],
    ['asked by', one.requester],
    ['state', `${one.state}${one.reason === null ? '' : `: ${one.reason}`}`],
    ['told of', age(one.since, now)],
    [
      'runs',
      isAtRest(one) ? null : one.held ? one.attempts.at(-1)?.runner : `nobody now: ${askedAgain(one)}`,
    ],
    ['claimed', waits.join('\n') || null],
    ['to end', cancel && `says operator ${cancel.by}, ${age(cancel.at, now)}`],
    ['because', cancel?.reason],
  ]);
  const approvals = one.approvals.map(({ id, operation, state }) => [id, operation, state]);
  return [
    facts,
    ...(one.attempts.length > 0 ? [attemptsTable(one, now, width)] : []),
    ...(approvals.length > 0 ? [table(['approval', 'operation', 'state'], approvals, width)] : []),
  ].join('\n\n');
};
