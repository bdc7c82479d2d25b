/** Launches and cancels tasks. */

import { uuidv7 } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { cancelDraft, requestDraft } from './requests.ts';
import { isComing, peerNamed, type User } from './user.ts';
import { isCutOff, sessionView } from './views.ts';

/** How long routes that are on their way are waited for. */
const ROUTES_MS = 10_000;

/** Durable when it resolves; the session's id is known from then on. */
export const ask = async (
  user: User,
  nodeName: string,
  task: string,
): Promise<{ session: string; node: string }> => {
  const { home, exchange } = user;
  await user.until(() => !isComing(home, nodeName), ROUTES_MS);
  const peer = peerNamed(home, nodeName);
  const session = uuidv7(home.clock.now(), home.random.bytes(10));
  await exchange.send([requestDraft(home, peer.pubkey, session, 1, task)]);
  return { session, node: nodeName };
};

export const cancel = async (user: User, session: RowOf<'sessions'>, reason: string): Promise<void> => {
  const { state, reason: why } = sessionView(user.home, session);
  if (session.open === 0 || isCutOff(user.home, session))
    throw new EntangleError('conflict', `this session has ended: ${why ? `${state}, ${why}` : state}`, {
      hint: `see \`entangle user show ${session.id}\``,
    });
  await user.exchange.send([cancelDraft(user.home, session.node, session.id, reason)]);
};
