/** A review that is given to another agent as work: it gets the objects of the commit, and its session says how it went. */
import { MAX_ATTACHED } from '../../core/bounds.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { derivedId } from '../../core/encoding/id.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { keepAttached } from '../messaging/attached.ts';
import { isCutOffFrom } from '../messaging/authorization-context.ts';
import { type CarriedText, wholeOf } from '../messaging/long-text.ts';
import type { Sayable } from '../messaging/send.ts';
import type { Allowance } from './budget.ts';
import { type DirectingTurn, type Refused, refused } from './directive.ts';
import { conversationOf } from './observations.ts';
import type { Runner } from './runner.ts';
import { repositoryOfSession } from './workspace.ts';

type Review = BodyOf<'task.review'>['review'];
type Given = {
  pubkey: string;
  key: string;
  text: CarriedText;
  /** Null where nothing is left to give. */
  budget: Allowance | null;
  review: Omit<Review, 'pack' | 'subjectDigest'>;
};

/** Of the review, which nobody else has: so nobody else takes the id before. */
const sessionOfReview = (review: string): string => derivedId(review, '5e'.repeat(32));

/** What is said of it to the other node, and to the Host; a refusal where it cannot be given. */
export const reviewTask = async (
  turn: DirectingTurn,
  { pubkey: to, key, text, budget, review }: Given,
): Promise<Sayable[] | Refused> => {
  const { runner, session } = turn;
  const { home } = runner;
  const { subject } = review;
  const child = sessionOfReview(subject.review);
  if (home.tables.get('sessions', child))
    return refused('session_taken', 'another node has taken the id of its session');
  const pack = await packOf(runner, session, subject);
  if ('ok' in pack) return pack;
  if (!budget)
    return refused('budget_exceeded', 'no hops or turns are left, or the task would come back to who had it');
  const given: Draft<'task.review'> = {
    ...{ type: 'task.review', from: session.node, to },
    body: {
      ...{ session: child, attempt: 1, task: text.head, ...wholeOf(text), budget },
      review: { ...review, subjectDigest: digestOf(home.suite, subject), pack },
    },
    dedup: `review:${key.slice(0, 32)}`,
  };
  const move = { session: session.id, conversation: child, attempt: 1, move: 'opened' } as const;
  return [given, ...conversationOf(home, given, move)];
};

const packOf = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  { base, commit }: Review['subject'],
): Promise<Review['pack'] | Refused> => {
  const repository = await repositoryOfSession(runner, session);
  if (!repository) return refused('not_assigned', 'this node is not assigned here any more');
  const most = MAX_ATTACHED.bytes;
  const bytes = await runner.git.pack(repository, { base, commit, most });
  const [pack] = await keepAttached(runner.home, [{ name: PACK_NAME, bytes }]);
  return pack!;
};
const PACK_NAME = 'commit.pack';

/** Of a review by an agent, why there will be no verdict; null while one may come, and of a person's. */
export const reviewFailure = (
  { runner: { home }, session }: DirectingTurn,
  { id, reviewer }: RowOf<'reviews'>,
): Refused | null => {
  const child = home.tables.get('sessions', sessionOfReview(id));
  if (child?.requester !== session.node) return null;
  const name = home.tables.get('keys', reviewer)?.name ?? '';
  if (isCutOffFrom(home, session.node, name, 'task.review'))
    return refused('edge_removed', `the graph has no edge "${name} reviews …" any more`);
  const now = home.tables.get('peers', session.node, name)?.pubkey;
  if (now !== reviewer)
    return refused(
      'reviewer_moved',
      `"${name}" runs there no more, and what it was asked is lost: ask again`,
    );
  // Its verdict may come after the end of its session
  if (child.open === 1 || child.state === 'completed') return null;
  const { reason, detail } = child;
  const words = [`"${name}" gave no verdict: its session is ${child.state}`, detail?.summary];
  return refused(reason ?? child.state, words.filter(Boolean).join('\n'));
};
