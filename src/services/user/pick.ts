/** What a person means by an id: the whole of it, or its start or end where that is unambiguous. */
import { fits } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { UUID } from '../../core/grammars.ts';
import { questionState } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { stateOfReview } from './reviews.ts';
import { type WorkTable, waitsForMe } from './views.ts';

/** Tables whose rows a person names. */
type PickTable = WorkTable | 'artifacts' | 'files' | 'questions' | 'reviews';

/** Shorter pieces would soon mean another thing; a whole id is none, and all that there ever was is not looked through for it. */
const LEAST = 4;
const isPiece = (id: string): boolean => id.length >= LEAST && !fits(UUID, id);
const hint = 'see `entangle user inbox`';

/** What is there may be without number: a whole id is not searched for. */
const EXACT: { readonly [T in PickTable]: (home: Home, id: string) => RowOf<T> | undefined } = {
  sessions: ({ tables }, id) => tables.get('sessions', id),
  approvals: ({ tables }, id) => tables.get('approvals', id),
  artifacts: ({ tables }, id) => tables.get('artifacts', id),
  files: ({ tables }, id) => tables.get('files', id),
  questions: ({ tables }, id) => tables.get('questions', id),
  reviews: ({ tables }, id) => tables.get('reviews', id),
};

const near = <T extends PickTable>(home: Home, table: T, id: string): RowOf<T>[] => {
  const exact = EXACT[table](home, id);
  if (exact) return [exact];
  if (!isPiece(id)) return [];
  return home.tables.list(table).filter((row) => row.id.startsWith(id) || row.id.endsWith(id));
};

/** Whether the id stands for a row of the table, or for several. */
export const isMeant = (home: Home, table: PickTable, id: string): boolean =>
  near(home, table, id).length > 0;

/** A file, by its whole id, or by a piece that stands for nothing else: its start is that of its own session. */
export const pickFile = (home: Home, id: string): RowOf<'files'> | null => {
  const exact = EXACT.files(home, id);
  if (exact) return exact;
  const made = ['artifacts', 'sessions', 'approvals'] as const;
  if (made.some((table) => isMeant(home, table, id))) return null;
  return isMeant(home, 'files', id) ? pick(home, 'files', id) : null;
};

/** Refuses an id that stands for nothing at all, whatever it was looked for as. */
export const requireKnown = (home: Home, id: string): void => {
  const tables = ['sessions', 'approvals', 'questions', 'reviews', 'artifacts', 'files'] as const;
  if (askedBy(home, id).length > 0 || tables.some((table) => isMeant(home, table, id))) return;
  throw new EntangleError(
    'not_found',
    `nothing here has the id "${id}": no session, approval, question, review, artifact or file`,
    { hint: 'see what there is: `entangle user inbox --all`' },
  );
};

/** Sessions that asked something here, whoever launched them: the home of an approver knows no more of them. */
const askedBy = (home: Home, id: string): string[] => {
  const { tables } = home;
  if (tables.count('approvals', { session: id }) + tables.count('reviews', { session: id }) > 0) return [id];
  if (!isPiece(id)) return [];
  const all = [...tables.list('approvals'), ...tables.list('reviews')].map((row) => row.session);
  return [...new Set(all)].filter((session) => session.startsWith(id) || session.endsWith(id));
};

/** The id of an approval, a question or a review stands for its session, where that is what a command is about. */
const sessionOf = (home: Home, id: string): string[] => {
  const asking = (['approvals', 'questions', 'reviews'] as const).flatMap((table) => near(home, table, id));
  return [...new Set(asking.map((row) => row.session))];
};

export const pick = <T extends PickTable>(home: Home, table: T, id: string): RowOf<T> => {
  const [found, ...more] = near(home, table, id);
  if (more.length > 0) throw several(table.slice(0, -1), id);
  if (found) return found;
  const [asking, ...others] =
    table === 'sessions' ? new Set([...askedBy(home, id), ...sessionOf(home, id)]) : [];
  if (others.length > 0) throw several('session', id);
  const own = asking === undefined ? undefined : near(home, table, asking)[0];
  if (own) return own;
  if (asking === undefined)
    throw new EntangleError('not_found', `no ${table.slice(0, -1)} "${id}"`, { hint });
  throw new EntangleError(
    'not_found',
    `session ${asking} was launched by somebody else: only they can wait for it or cancel it`,
    { hint: `see what it asks of you: \`entangle user show ${asking}\`` },
  );
};

const several = (what: string, id: string): EntangleError =>
  new EntangleError('not_found', `"${id}" matches more than one ${what}`, {
    hint: 'give more characters of the id: see `entangle user inbox --all`',
  });

/** The one session that the id stands for: of this person, or one that asked them something. */
const pickSessionId = (home: Home, id: string): string | null => {
  const own = near(home, 'sessions', id).map((row) => row.id);
  const [found = null, ...others] = new Set(own.includes(id) ? own : [...own, ...askedBy(home, id)]);
  if (others.length > 0) throw several('session', id);
  return found;
};

/** The session to look at: of this person, or one that asked them something; an approval’s id stands for its session. */
export const pickSession = (home: Home, id: string): string => {
  const own = pickSessionId(home, id);
  const [found, ...others] = own === null ? sessionOf(home, id) : [own];
  if (others.length > 0) throw several('session', id);
  if (found === undefined) throw new EntangleError('not_found', `no session "${id}"`, { hint });
  return found;
};

/** An approval, by its own id or by that of the session whose only open question it is; to look at, also one that is over. */
export const pickApproval = (home: Home, id: string, isToLookAt = false): RowOf<'approvals'> => {
  const session = isMeant(home, 'approvals', id) ? null : pickSessionId(home, id);
  if (session === null) return pick(home, 'approvals', id);
  const put = home.tables.list('approvals', { session });
  const waiting = put.filter((row) => waitsForMe(home, row));
  const meant = isToLookAt && waiting.length === 0 ? put : waiting;
  if (meant.length === 1) return meant[0]!;
  const which = isToLookAt ? 'put to' : 'waiting for';
  throw new EntangleError(
    'not_found',
    meant.length === 0
      ? `session ${session} has no approval ${which} you`
      : `session ${session} has several approvals ${which} you: ${meant.map((row) => row.id).join(', ')}`,
    { hint },
  );
};

const OF_SESSION: { readonly [T in 'questions' | 'reviews']: (home: Home, session: string) => RowOf<T>[] } = {
  questions: ({ tables }, session) => tables.list('questions', { session }),
  reviews: ({ tables }, session) => tables.list('reviews', { session }),
};

/** One that was asked, by its own id or by that of its session: the open one, where only one of them is. */
const pickAsked = <T extends 'questions' | 'reviews'>(
  home: Home,
  table: T,
  id: string,
  isOpen: (row: RowOf<T>) => boolean,
): RowOf<T> => {
  const exact = EXACT[table](home, id);
  if (exact) return exact;
  const own = near(home, table, id);
  const session = own.length > 0 ? null : pickSessionId(home, id);
  const found = session === null ? own : OF_SESSION[table](home, session);
  const open = found.filter(isOpen);
  const [meant, ...others] = open.length > 0 ? open : found;
  if (meant && others.length === 0) return meant;
  const what = table.slice(0, -1);
  throw new EntangleError(
    'not_found',
    meant ? `"${id}" matches more than one ${what}` : `no ${what} "${id}"`,
    { hint: meant ? `give one of these: ${[meant, ...others].map((row) => row.id).join(', ')}` : hint },
  );
};

export const pickQuestion = (home: Home, id: string): RowOf<'questions'> =>
  pickAsked(home, 'questions', id, (row) => questionState(home.tables, row) === 'open');

export const pickReview = (home: Home, id: string): RowOf<'reviews'> =>
  pickAsked(home, 'reviews', id, (row) => stateOfReview(home, row) === 'open');
