/** How long the agent of a node is waited for: what its graph says, else what suits most. */
import type { TIMEOUTS } from '../bounds.ts';
import { durationMs } from '../encoding/time.ts';
import type { EngineSpec } from './engines.ts';

/** `start`: for each answer before its prompt; `silence`: without a word while it works; `cancel`: for its own end of a turn. */
export type Timeout = keyof typeof TIMEOUTS;
export type Timeouts = Readonly<Record<Timeout, number>>;

/** Agents take long to start; and long over a command that says nothing. */
const USUAL: Timeouts = { start: 120_000, silence: 1_800_000, cancel: 2_000 };

/** In milliseconds; an engine that is no agent is waited for as long as its turn may take. */
export const timeoutsOf = (engine: EngineSpec, usual: Timeouts = USUAL): Timeouts => {
  const said = engine.type === 'acp' ? engine.timeouts : undefined;
  const of = (which: Timeout) => durationMs(said?.[which] ?? '') ?? usual[which];
  return { start: of('start'), silence: of('silence'), cancel: of('cancel') };
};
