/** What engines ask this person while their turns wait. */
import { shownTime } from '../../core/encoding/time.ts';
import { questionState } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { titleOf } from '../../core/projection/title.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './peers.ts';

type Question = RowOf<'questions'>;

export const questionRow = (home: Home, row: Question) => ({
  id: row.id,
  session: row.session,
  node: nameOf(home, row.node),
  title: titleOf(row.words),
  /** As far as its message has it: whole, where it has at most 400 characters. */
  text: row.words,
  isWhole: row.rest === 0,
  state: questionState(home.tables, row),
  since: shownTime(row.at),
});

/** In the order in which they came. */
export const questionsOf = ({ tables }: Home, session: string): Question[] =>
  tables.list('questions', { session }).sort((a, b) => a.line - b.line);

/** Of the sessions that are open: nobody waits for an answer in any other. */
export const questionsForMe = (home: Home): Question[] =>
  home.tables
    .list('sessions', { open: 1 })
    .flatMap(({ id }) => questionsOf(home, id))
    .filter((row) => questionState(home.tables, row) === 'open');
