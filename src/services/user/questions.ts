/** What engines ask this person while their turns wait. */
import { shownTime } from '../../core/encoding/time.ts';
import { questionState } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { titleOf } from '../../core/projection/title.ts';
import type { Home } from '../messaging/home.ts';
import { isPeer, isRunningPeer, nameOf, peersOf } from './peers.ts';

type Question = RowOf<'questions'>;

/** The node key that escalated is not a peer any more: nobody could be told. */
export const stateOfQuestion = (home: Home, row: Question) => {
  const state = questionState(home.tables, row);
  const isOrphan = row.kind === 'escalation' && state === 'open' && !isPeer(home, row.node);
  return isOrphan ? 'over' : state;
};

export const questionRow = (home: Home, row: Question) => ({
  id: row.id,
  kind: row.kind,
  session: row.session,
  node: nameOf(home, row.node),
  title: titleOf(row.words),
  /** As far as its message has it: whole, where it has at most 400 characters. */
  text: row.words,
  isWhole: row.rest === 0,
  state: stateOfQuestion(home, row),
  since: shownTime(row.at),
});

/** In the order in which they came. */
export const questionsOf = ({ tables }: Home, session: string): Question[] =>
  tables.list('questions', { session }).sort((a, b) => a.line - b.line);

/** Of the sessions that are open, and escalations peer by peer, as reviews are: nobody waits for an answer to any other. */
export const questionsForMe = (home: Home): Question[] => {
  const asked = home.tables.list('sessions', { open: 1 }).flatMap(({ id }) => questionsOf(home, id));
  const escalated = peersOf(home)
    .filter(isRunningPeer)
    .flatMap(({ pubkey }) => home.tables.list('questions', { node: pubkey, open: 1 }));
  return [...asked.filter(({ kind }) => kind === 'question'), ...escalated].filter(
    (row) => stateOfQuestion(home, row) === 'open',
  );
};
