/** One session from its request on, with what was given away in it: what was signed, and while it runs what its node tells of the turn. */
import { shortId } from '../../core/encoding/id.ts';
import { isoTime } from '../../core/encoding/time.ts';
import type { UsedGrant } from '../../core/protocol/messages/row.ts';
import { readBody } from '../messaging/read-event.ts';
import type { Tell } from '../messaging/tell.ts';
import { untilLastLines } from './last-lines.ts';
import { type TraceRow, traceRows } from './live.ts';
import { pickSession } from './pick.ts';
import { sessionsBelow } from './tree.ts';
import { FOREVER, type User } from './user.ts';
import { isCutOff } from './views.ts';

/** `detail`: the state, the decision or verdict with its words, the branch, the approval, the review, or the question or answer that a signed message tells. */
type WithTime<R> = R extends TraceRow ? Omit<R, 'at'> & { at: string; detail: string | null } : never;
export type Traced = WithTime<TraceRow>;
export type TraceOptions = { follow: boolean; signal: AbortSignal };

/** Tells each row once, in the order in which it came; with `follow` until the session is over. */
export const traceSession = async (
  user: User,
  id: string,
  { follow, signal }: TraceOptions,
  tell: Tell<Traced>,
): Promise<void> => {
  const { home } = user;
  const session = pickSession(home, id);
  const isLive = !isOver(user, session);
  const told = new Set<string>();
  const rows = (withOpen: boolean): TraceRow[] =>
    sessionsBelow(user, session)
      .flatMap((of) => traceRows(user, of, { withOpen, limit: FOREVER }))
      .sort((a, b) => a.at - b.at);
  const news = (withOpen: boolean): TraceRow[] => rows(withOpen).filter((row) => !told.has(row.id));
  const tellNews = async (withOpen: boolean): Promise<void> => {
    for (const row of news(withOpen)) {
      told.add(row.id);
      await tell({ ...row, at: isoTime(row.at), detail: await detailOf(user, row.id) });
    }
  };
  for (;;) {
    await tellNews(!follow);
    if (!follow || signal.aborted || isOver(user, session)) break;
    await user.until(() => news(false).length > 0 || isOver(user, session), FOREVER, signal);
  }
  if (!follow) return;
  // A session whose commit is published is over before its node has said so
  if (isLive) await untilLastLines(user, session, signal);
  await tellNews(true);
};

/** Of a session of somebody else this home knows only what it asked. */
const isOver = ({ home }: User, session: string): boolean => {
  const row = home.tables.get('sessions', session);
  if (row) return row.open === 0 || isCutOff(home, row);
  const waiting = { session, open: 1 } as const;
  if (home.tables.count('approvals', waiting) + home.tables.count('reviews', waiting) > 0) return false;
  const [last] = home.tables.list('approvals', { session }, { order: 'line', descending: true, limit: 1 });
  // Another turn follows one of which changes were wanted
  return last?.state !== 'superseded';
};

/** The first of these that a body has says what it is about; its reason says why. */
const WORDS = ['grant', 'state', 'decision', 'verdict', 'branch', 'approval', 'review', 'text'] as const;
/** Of a request the grants that would answer it, by their ids; of its end those that did. */
type Words = { [word in (typeof WORDS)[number] | 'reason']?: string } & {
  grants?: (UsedGrant | string)[];
  file?: { name: string };
  attempt?: number;
};
/** Null too for what was not signed: no message has its id. */
const detailOf = async ({ home }: User, id: string): Promise<string | null> => {
  const body = (await readBody<Words>(home, id)) ?? {};
  const about = WORDS.map((word) => body[word]).find((text) => text !== undefined) ?? body.file?.name;
  const uses = (body.grants ?? []).flatMap((one) =>
    typeof one === 'string' ? [] : [`grant ${shortId(one.grant)}, use ${one.use}`],
  );
  // The first one is what everybody expects
  const attempt = (body.attempt ?? 1) > 1 ? `attempt ${body.attempt}` : undefined;
  const said = [attempt, about, body.reason, uses.join('; ')].filter(
    (text) => text !== undefined && text !== '',
  );
  return said.join(': ') || null;
};
