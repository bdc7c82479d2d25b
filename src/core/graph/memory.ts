/** How much memory the agent of a node takes while its turn runs, in MiB: what a runner has of it bounds how many run. */
import type { AgentProfile } from '../vocabulary.ts';
import type { EngineSpec } from './engines.ts';

/** With nothing to do they were seen to take 436, 432 and 260 MiB; of the others nobody measured it. */
const OF_PROFILE: Readonly<Partial<Record<AgentProfile, number>>> = { kimi: 640, opencode: 640, qwen: 448 };
const OF_ANY = 512;

/** What the graph says, else what is known; a command is bounded by its count alone. */
export const memoryNeed = (engine: EngineSpec): number => {
  if (engine.type !== 'acp') return 0;
  return engine.memory ?? (engine.profile === undefined ? OF_ANY : (OF_PROFILE[engine.profile] ?? OF_ANY));
};

type Offer = { readonly memory?: number | undefined };
/** Why a runner with so much of it never runs the engine, or null. */
export const memoryLack = (engine: EngineSpec, { memory }: Offer): string | null => {
  const need = memoryNeed(engine);
  if (memory === undefined || need <= memory) return null;
  return `its agent wants ${need} MiB of memory, and ${memory} are there`;
};

/** Of a runner, in words; null where it says nothing. */
export const memoryText = (memory: number | null): string =>
  memory === null ? 'not known: turns are counted alone' : `${memory} MiB for agents`;
