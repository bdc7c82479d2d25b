/** How a turn comes to a session of its agent: that of the turn before where it goes on, else a new one; pinned before it is prompted. */
import * as z from 'zod';
import { notTaken, type Pinned, pinnedTo, pinStep } from '../../../core/acp/pin.ts';
import type { SessionMade } from '../../../core/acp/shapes.ts';
import { EntangleError } from '../../../core/errors.ts';
import type { AskAgent, Dialect } from './dialects.ts';
import type { AgentMemory } from './kept-home.ts';

type Opening = {
  dialect: Dialect;
  ask: AskAgent;
  place: { cwd: string; mcpServers: readonly object[] };
  mode: string | null;
};
type Opened = { sessionId: string; pinned: Pinned };

export const agentFailure = (words: string): EntangleError => new EntangleError('invalid', words);

const pinSession = async ({ dialect, ask, mode }: Opening, made: SessionMade): Promise<Opened> => {
  const step = pinStep(made, mode);
  const { sessionId } = made;
  if (step.is === 'refused') throw agentFailure(`the agent cannot be used: ${step.why}`);
  if (step.is === 'set_mode') await ask('session/set_mode', { sessionId, modeId: step.modeId }, z.unknown());
  if (step.is === 'set_option') {
    const { configId, value } = step;
    const answer = await ask(
      'session/set_config_option',
      { sessionId, ...dialect.setting(configId, value) },
      z.unknown(),
    );
    const why = notTaken(step, dialect.optionsIn(answer));
    if (why !== null) throw agentFailure(`the agent cannot be used: ${why}`);
  }
  return { sessionId, pinned: pinnedTo(made, step) };
};

const begin = async (opening: Opening): Promise<Opened> =>
  pinSession(opening, await opening.ask('session/new', opening.place, opening.dialect.made));

const goOn = async (opening: Opening, method: string, sessionId: string): Promise<Opened> => {
  const answer = await opening.ask(method, { sessionId, ...opening.place }, opening.dialect.goneOn);
  return pinSession(opening, { ...answer, sessionId });
};

/** `why`: it is a new one, though a turn came before; null where that one goes on, or this is the first. */
export const openSession = async (
  opening: Opening,
  kept: AgentMemory | null,
  method: string | null,
): Promise<Opened & { goesOn: boolean; why: string | null }> => {
  const anew = async (why: string | null) => ({ ...(await begin(opening)), goesOn: false, why });
  if (kept === null) return anew(null);
  if ('why' in kept) return anew(kept.why);
  if (method === null) return anew('the agent does not offer it');
  try {
    return { ...(await goOn(opening, method, kept.sessionId)), goesOn: true, why: null };
  } catch (error) {
    if (error instanceof EntangleError) return anew(error.message);
    throw error;
  }
};
