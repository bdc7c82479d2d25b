/** Messages come in any order, and a picture has one: those of a session as they were made, one session after another. */
import type { Drawn } from './record.ts';

const MADE: readonly string[] = [
  ...[
    'user.hello',
    'task.request',
    'task.accept',
    'task.update',
    'question',
    'approval.request',
    'task.result',
  ],
  ...['printed', 'session accepted', 'session active', 'source fetched', 'turn done'],
  ...['artifact materialized', 'session waiting_approval', 'approval pending', 'session completed'],
];
const placeOf = (what: string): number => {
  const place = MADE.indexOf(what);
  if (place === -1) throw new Error(`pictures have no place for ${what}`);
  return place;
};

type Came<T> = { session: string | null; at: T };
/** The times stay where they are: they rise from row to row. */
const ordered = <T, R extends Came<T>>(rows: readonly R[], whatOf: (row: R) => string): R[] =>
  rows
    .toSorted(
      (a, b) => (a.session ?? '').localeCompare(b.session ?? '') || placeOf(whatOf(a)) - placeOf(whatOf(b)),
    )
    .map((row, n) => ({ ...row, at: rows[n]!.at }));

export const asMade = (drawn: Drawn): Drawn => {
  switch (drawn.of) {
    case 'user': {
      const { live } = drawn.screen;
      const trace = ordered(live.trace, (row) => (row.is === 'signed' ? row.type : row.is));
      return { ...drawn, screen: { ...drawn.screen, live: { ...live, trace } } };
    }
    case 'host': {
      const trace = ordered(drawn.screen.trace, ({ what, state }) => `${what} ${state}`);
      const screen = { ...drawn.screen, trace: trace.map((row, n) => ({ ...row, cursor: `${n + 1}` })) };
      return { ...drawn, screen };
    }
    case 'plan':
      return drawn;
  }
};
