/** What people do in a simulated federation, and what they see: one line of a story each. */
import { EntangleError } from '../../src/core/errors.ts';
import type { RowOf } from '../../src/core/projection/rows.ts';
import { decide } from '../../src/services/user/approvals.ts';
import { ask as askNode, cancel as cancelSession } from '../../src/services/user/ask.ts';
import type { User } from '../../src/services/user/user.ts';
import { sessionView, waitsForMe } from '../../src/services/user/views.ts';
import { waitForSession } from '../../src/services/user/wait.ts';
import type { Federation } from './federation.ts';

export type Shown = ReturnType<typeof sessionView>;
const OVER = ['completed', 'failed', 'cancelled', 'budget_exceeded', 'timed_out'];

export const userOf = (fed: Federation, person: string): User => {
  const user = fed.people[person]?.running;
  if (!user) throw new Error(`${person} is away`);
  return user;
};

/** Asks when the routes to the node are here; the session's id. */
export const ask = async (fed: Federation, person: string, node: string, task: string): Promise<string> => {
  const { home } = fed.people[person]!;
  await fed.until(
    `routes of ${person} to ${node}`,
    () => home.tables.get('peers', home.self.pubkey, node)?.pubkey,
  );
  return (await fed.finish(`${person} asks ${node}`, askNode(userOf(fed, person), node, task))).session;
};

/** The session as this person sees it. */
export const shown = (fed: Federation, person: string, session: string): Shown | null => {
  const { home } = fed.people[person]!;
  const row = home.tables.get('sessions', session);
  return row ? sessionView(home, row) : null;
};

/** Until the session has this state; fails when it ends in another. */
export const reached = (fed: Federation, person: string, session: string, state: string): Promise<Shown> =>
  fed.until(`session ${session} ${state}`, () => {
    const seen = shown(fed, person, session);
    if (seen && seen.state !== state && OVER.includes(seen.state))
      throw new Error(`session ${session} is ${seen.state} (${seen.reason}: ${seen.summary}), not ${state}`);
    return seen?.state === state && seen;
  });

/**
 * How a session ends that another runner goes on with: whatever moment it was, it is completed; or the first one had
 * pushed what nobody was told of any more, and that is named, and not done again.
 */
export const endedElsewhere = async (fed: Federation, person: string, session: string): Promise<string> => {
  const { state, summary } = await fed.until(`an end of session ${session}`, () => {
    const seen = shown(fed, person, session);
    return seen !== null && OVER.includes(seen.state) && seen;
  });
  if (state !== 'completed' && !summary?.includes('is there already'))
    throw new Error(`session ${session} is ${state}: ${summary}`);
  return state;
};

/** The open question of the session that waits for this person. */
export const asked = (fed: Federation, person: string, session: string): Promise<RowOf<'approvals'>> => {
  const { home } = fed.people[person]!;
  return fed.until(`a question to ${person} about ${session}`, () =>
    home.tables.list('approvals', { session, open: 1 }).find((row) => waitsForMe(home, row)),
  );
};

const decideOn = async (
  fed: Federation,
  person: string,
  session: string,
  decision: 'approved' | 'rejected',
): Promise<string> => {
  const row = await asked(fed, person, session);
  await fed.finish(`${decision} by ${person}`, decide(userOf(fed, person), row, decision));
  return row.id;
};
export const approve = (fed: Federation, person: string, session: string): Promise<string> =>
  decideOn(fed, person, session, 'approved');
export const reject = (fed: Federation, person: string, session: string): Promise<string> =>
  decideOn(fed, person, session, 'rejected');

export const cancel = async (fed: Federation, person: string, session: string): Promise<void> => {
  const row = fed.people[person]!.home.tables.get('sessions', session)!;
  await fed.finish(`${person} cancels`, cancelSession(userOf(fed, person), row, 'no longer needed'));
};

/** What `user wait` comes to: the session when it completed, the error otherwise. */
export const waited = (fed: Federation, person: string, session: string): Promise<Shown | EntangleError> =>
  outcome(fed, waitForSession(userOf(fed, person), session, { timeoutMs: 120_000 }));

/** What the work resolves to, or the error that a person would be told; a fault of ours is thrown. */
export const outcome = <T>(fed: Federation, work: Promise<T>): Promise<T | EntangleError> =>
  fed.finish(
    'an answer',
    work.catch((error: unknown) => {
      if (error instanceof EntangleError) return error;
      throw error;
    }),
  );

/** Asks and says what it came to, without waiting for routes: as `user ask` does. */
export const tryAsk = async (
  fed: Federation,
  person: string,
  node: string,
  task: string,
): Promise<string | EntangleError> => {
  const asked = await outcome(fed, askNode(userOf(fed, person), node, task));
  return asked instanceof EntangleError ? asked : asked.session;
};

/** The session as the Host was told of it: state and reason. */
export const atHost = ({ host }: Federation, session: string): string => {
  const row = host.home.tables.get('sessions', session);
  return row ? [row.state, row.reason].filter(Boolean).join(' ') : '';
};
