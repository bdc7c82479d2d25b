/** Why an operator cannot have a session ended: said by the Host, and before anybody is asked. */
import { EntangleError } from '../errors.ts';
import { isTerminal } from '../machines/machine.ts';
import { sessionMachine } from '../machines/session.ts';
import type { HostSessionView } from './session-views.ts';

type Known = Pick<HostSessionView, 'id' | 'state' | 'held'> & { cancel: { by: string } | null };

export const isSessionOver = ({ state }: Pick<Known, 'state'>): boolean => isTerminal(sessionMachine, state);

/** Nothing of it runs, and nothing will. One that is over may have been asked for again. */
export const isAtRest = (session: Pick<Known, 'state' | 'held'>): boolean =>
  isSessionOver(session) && !session.held;

export const endRefusal = (session: Known): EntangleError | null => {
  const { id, state, cancel } = session;
  const hint = `see \`entangle host session show ${id}\``;
  if (isAtRest(session))
    return new EntangleError('conflict', `session ${id} is over already: ${state}`, { hint });
  if (cancel === null) return null;
  return new EntangleError('conflict', `operator "${cancel.by}" wants session ${id} ended already`, { hint });
};
