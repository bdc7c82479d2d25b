/** One session from its request on: what was signed, and while it runs what its node tells of the turn. */
import { isoTime } from '../../core/encoding/time.ts';
import { readBody } from '../messaging/read-event.ts';
import { signedRows, type TraceRow, tracedRows } from './live.ts';
import { pickSession } from './pick.ts';
import type { User } from './user.ts';
import { isCutOff } from './views.ts';

/** `detail`: the state, the decision, or the branch that a signed message tells. */
type WithTime<R> = R extends TraceRow ? Omit<R, 'at'> & { at: string; detail: string | null } : never;
export type Traced = WithTime<TraceRow>;
export type TraceOptions = { follow: boolean; signal: AbortSignal };

const FOREVER = 2 ** 31 - 1;
/** What a node told last may come after it said that it is done. */
const LAST_MS = 1_500;

/** Tells each row once, in the order in which it came; with `follow` until the session is over. */
export const traceSession = async (
  user: User,
  id: string,
  { follow, signal }: TraceOptions,
  tell: (row: Traced) => void,
): Promise<void> => {
  const { home, traces } = user;
  const session = pickSession(home, id);
  const told = new Set<string>();
  let lines = -1;
  const signed = () => signedRows(home, session).filter((row) => !told.has(row.id));
  const printed = (withOpen: boolean) => traces.lines(session, { withOpen }).filter(({ n }) => n > lines);
  const tellNews = async (withOpen: boolean): Promise<void> => {
    const news = [
      ...signed().map((row) => ({ row, n: lines })),
      ...printed(withOpen).map((line) => ({ row: tracedRows(home, [line])[0]!, n: line.n })),
    ].sort((a, b) => a.row.at - b.row.at);
    for (const { row, n } of news) {
      if (row.is === 'signed') told.add(row.id);
      lines = Math.max(lines, n);
      tell({
        ...row,
        at: isoTime(row.at),
        detail: row.is === 'signed' ? await detailOf(user, row.id) : null,
      });
    }
  };
  const isLive = !isOver(user, session);
  for (;;) {
    await tellNews(!follow);
    if (!follow || signal.aborted || isOver(user, session)) break;
    const hasNews = () => signed().length > 0 || printed(false).length > 0 || isOver(user, session);
    await user.until(hasNews, FOREVER, signal);
  }
  if (!follow) return;
  // A session whose commit is published is over before its node has said so
  if (isLive) await home.clock.sleep(LAST_MS, signal);
  await tellNews(true);
};

/** Of a session of somebody else this home knows only what it asked. */
const isOver = ({ home }: User, session: string): boolean => {
  const row = home.tables.get('sessions', session);
  if (row) return row.open === 0 || isCutOff(home, row);
  const asked = home.tables.list('approvals', { session }).sort((a, b) => a.line - b.line);
  // Another turn follows one of which changes were wanted
  return asked.every(
    ({ open, state }, n) => open === 0 && !(state === 'superseded' && n === asked.length - 1),
  );
};

const WORDS = ['state', 'decision', 'branch'] as const;
const detailOf = async ({ home }: User, id: string): Promise<string | null> => {
  const body = await readBody<{ [word in (typeof WORDS)[number]]?: string }>(home, id);
  return WORDS.map((word) => body?.[word]).find((text) => text !== undefined) ?? null;
};
