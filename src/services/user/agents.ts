/** Whom a task can be given to. */
import { EntangleError } from '../../core/errors.ts';
import { judge } from '../../core/graph/edges.ts';
import { TYPES } from '../../core/protocol/types.ts';
import type { Home } from '../messaging/home.ts';
import { linksOf } from '../messaging/links.ts';
import { notNamed, peersOf } from './peers.ts';
import type { User } from './user.ts';

/** Agents that take tasks from this person, running or not. */
export const askedAgents = (home: Home): string[] =>
  peersOf(home)
    .filter((peer) => peer.kind === 'agent')
    .filter((peer) => judge(linksOf(peer, true), 'task.request', 'user', TYPES).kind !== 'denied')
    .map(({ name }) => name);

/** How long routes that are on their way are waited for. */
const ROUTES_MS = 10_000;
/** A hint is a line. */
const NAMED = 12;

/** By the newest routes, as far as they are here in time. */
export const agentsNow = async ({ home, until }: Pick<User, 'home' | 'until'>): Promise<string[]> => {
  await until(() => home.tables.get('routes', home.self.pubkey) !== undefined, ROUTES_MS);
  return askedAgents(home);
};

/** The one that a task without a name is for. */
export const onlyAgent = async (user: Pick<User, 'home' | 'until'>): Promise<string> => {
  const agents = await agentsNow(user);
  const [agent] = agents;
  if (agents.length > 1)
    throw new EntangleError(
      'usage',
      `several agents take tasks from you: ${agents.slice(0, NAMED).join(', ')}`,
      {
        hint: 'use `entangle user ask NODE "…"`',
      },
    );
  if (agent !== undefined) return agent;
  const unnamed = notNamed(user.home);
  if (unnamed !== null) throw unnamed;
  throw new EntangleError('denied', 'no agent takes tasks from you', {
    hint: 'ask whoever runs the Host for an edge: YOU delegates_to AGENT',
  });
};
