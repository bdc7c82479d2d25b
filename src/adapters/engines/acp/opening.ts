/** How a turn comes to a session of its agent: that of the turn before where it goes on, else a new one; pinned before it is prompted. */
import * as z from 'zod';
import { notTaken, type Pinned, pinnedTo, pinStep } from '../../../core/acp/pin.ts';
import {
  type AgentAbilities,
  type SessionMade,
  sessionGoesOn,
  sessionMade,
} from '../../../core/acp/shapes.ts';
import { EntangleError } from '../../../core/errors.ts';
import type { AgentMemory } from './kept-home.ts';
import type { ToolServer } from './tools.ts';

export type AskAgent = <S extends z.ZodType>(
  method: string,
  params: object,
  shape: S,
) => Promise<z.output<S>>;
type Opening = {
  ask: AskAgent;
  place: { cwd: string; mcpServers: readonly ToolServer[] };
  mode: string | null;
};
type Opened = { sessionId: string; pinned: Pinned };

export const agentFailure = (words: string): EntangleError => new EntangleError('invalid', words);

/** How it lets a session of an earlier process go on; null where it does not. Nothing is told again by the first. */
export const goingOn = (able: AgentAbilities | null | undefined): string | null => {
  if (able?.sessionCapabilities?.resume) return 'session/resume';
  return able?.loadSession ? 'session/load' : null;
};

const pinSession = async ({ ask, mode }: Opening, made: SessionMade): Promise<Opened> => {
  const step = pinStep(made, mode);
  const { sessionId } = made;
  if (step.is === 'refused') throw agentFailure(`the agent cannot be used: ${step.why}`);
  if (step.is === 'set_mode') await ask('session/set_mode', { sessionId, modeId: step.modeId }, z.unknown());
  if (step.is === 'set_option') {
    const { configId, value } = step;
    const answer = await ask('session/set_config_option', { sessionId, configId, value }, z.unknown());
    const why = notTaken(step, answer);
    if (why !== null) throw agentFailure(`the agent cannot be used: ${why}`);
  }
  return { sessionId, pinned: pinnedTo(made, step) };
};

const begin = async (opening: Opening): Promise<Opened> =>
  pinSession(opening, await opening.ask('session/new', opening.place, sessionMade));

const goOn = async (opening: Opening, method: string, sessionId: string): Promise<Opened> => {
  const answer = await opening.ask(method, { sessionId, ...opening.place }, sessionGoesOn);
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
