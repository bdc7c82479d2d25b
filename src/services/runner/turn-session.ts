/** The runner's side of one turn: answers what the engine asks, and keeps what it printed. */
import { unenforced } from '../../core/graph/engines.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import type { EngineType, Operation } from '../../core/vocabulary.ts';
import type { Permission, TurnSession } from '../../ports/index.ts';

type Ruled = { engine: EngineType; policy: Pick<AgentNode['policy'], 'approval'> };

/**
 * Nobody is asked yet: what is under approval is refused, as is the graph that says so of an operation of an engine. What
 * a node publishes is never the engine's to do.
 */
const answer = ({ engine, policy }: Ruled, operation: Operation): Permission => {
  const why = unenforced(engine, operation);
  if (why === null)
    return { decision: 'rejected', reason: `${operation} is asked for by the runner, not by an engine` };
  return policy.approval.has(operation)
    ? { decision: 'rejected', reason: why }
    : { decision: 'approved', reason: `no policy has ${operation} approved here` };
};

/** An engine may print a byte at a time: more parts than a call takes arguments. */
const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

export type KeptSession = TurnSession & {
  /** All that the engine printed; a turn's limit bounds it. */
  output(): Uint8Array;
};

export const createTurnSession = (
  ruled: Ruled,
  directive: TurnSession['directive'],
  told: (bytes: Uint8Array) => void,
): KeptSession => {
  const printed: Uint8Array[] = [];
  return {
    ask: async ({ operation }) => answer(ruled, operation),
    directive,
    trace({ bytes }) {
      printed.push(bytes);
      told(bytes);
    },
    output: () => joined(printed),
  };
};
