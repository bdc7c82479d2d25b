/** Sessions as runners told this Host of them. */
import { isWord } from '../../core/encoding/grammar.ts';
import { parsePubkey } from '../../core/encoding/id.ts';
import { isoTime, shownTime } from '../../core/encoding/time.ts';
import type { HostSessionView } from '../../core/host-api/session-views.ts';
import type { OutputOf, QueryOf } from '../../core/host-api/table.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { SESSION_STATES } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { toldCancel } from './cancel-session.ts';
import { goesOn, openSessions, takenUpAgain, waitsOf } from './held-sessions.ts';
import { sessionMeant, statesTold } from './trace.ts';

const MOST = 200;

type Listed = OutputOf<'sessions.list'>['items'][number];

const rowOf = (home: Home, row: RowOf<'sessions'>, held: boolean): Listed => {
  const { tables } = home;
  const wanted = tables.get('wanted_cancels', row.id);
  return {
    id: row.id,
    node: row.node,
    requester: tables.get('users', row.requester)?.name ?? tables.get('keys', row.requester)?.name ?? '',
    state: row.state,
    reason: row.reason,
    attempt: row.attempt,
    held,
    since: isoTime(row.kept),
    cancel: wanted ? { by: wanted.by, at: shownTime(wanted.at), reason: wanted.reason } : null,
    waits: waitsOf(home, row).map(({ since, ...one }) => ({ ...one, since: shownTime(since) })),
  };
};

type Place = { of: string; line: number };
const placeOf = (cursor: string): Place => {
  const [of = '', line] = cursor.split('-');
  return { of, line: Number(line) };
};

/** A page, as many as a screen has use for: open ones before those that are over, or what goes on alone. A session keeps its place while it does. */
export const listSessions = (home: Home, { open, node, cursor }: QueryOf<'sessions.list'> = {}) => {
  const of = node === undefined ? {} : { node };
  const after = cursor === undefined ? null : placeOf(cursor);
  const before = (part: string) => (after?.of === part ? after.line : Number.POSITIVE_INFINITY);
  const again = open === 'true' ? takenUpAgain(home, of).map((row) => ({ row, held: true })) : [];
  const goOn = [...openSessions(home, of), ...again].sort((a, b) => b.row.line - a.row.line);
  const shown = after?.of === 'over' ? [] : goOn.filter(({ row }) => row.line < before('open'));
  const beyond = after?.of === 'over' ? { after: after.line } : {};
  // By their lines, those that go on among them: of those that are over alone, each one there ever was would be put in order
  const limit = MOST + 1 + goOn.length;
  const last =
    open === 'true'
      ? []
      : home.tables.list('sessions', of, { order: 'line', descending: true, limit, ...beyond });
  const over = last.filter((row) => row.open === 0).map((row) => ({ row, held: goesOn(home, row) }));
  const all = [...shown, ...over];
  const page = all.slice(0, MOST);
  const part = shown.length < MOST ? 'over' : 'open';
  return {
    items: page.map(({ row, held }) => rowOf(home, row, held)),
    next: all.length > MOST ? `${part}-${page.at(-1)!.row.line}` : null,
  };
};

export const showSession = async (home: Home, given: string): Promise<HostSessionView> => {
  const { tables } = home;
  const row = sessionMeant(home, given);
  return {
    ...rowOf(home, row, goesOn(home, row)),
    attempts: await attemptsOf(home, row.id),
    approvals: tables
      .list('approvals', { session: row.id }, { order: 'line', descending: true, limit: MOST })
      .map(({ id, operation, state }) => ({ id, operation, state }))
      .reverse(),
  };
};

/** As far back as the newest observations tell. */
const attemptsOf = async (home: Home, session: string): Promise<HostSessionView['attempts']> => {
  const attempts = Map.groupBy(await statesTold(home, session, MOST), ({ detail }) => detail.attempt ?? 0);
  return [...attempts]
    .toSorted(([one], [other]) => one - other)
    .map(([attempt, all]) => {
      // Whenever they came, by the owner's own count
      const last = all.toSorted((one, other) => (one.detail.step ?? 0) - (other.detail.step ?? 0)).at(-1)!;
      const { signer, controller } = last;
      const runner = parsePubkey(signer.npub);
      const said = toldCancel(home, session, { runner, attempt });
      return {
        attempt,
        runner: controller?.runner ?? signer.name ?? '',
        fence: controller?.fence ?? null,
        state: isWord(SESSION_STATES, last.state) ? last.state : 'requested',
        reason: last.detail.reason ?? null,
        first: all[0]!.at,
        last: all.at(-1)!.at,
        told: said ? { at: isoTime(said.kept), acked: !home.tables.get('outbox', said.id) } : null,
      };
    });
};
