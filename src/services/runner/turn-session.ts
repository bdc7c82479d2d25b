/** The runner's side of one turn: answers what the engine asks, and keeps what it printed. */
import { unenforced } from '../../core/graph/engines.ts';
import type { EngineType } from '../../core/vocabulary.ts';
import type { Permission, TurnSession } from '../../ports/index.ts';

/** Nobody is asked yet: a graph that puts such an operation under approval is refused, so no policy can allow it. */
const refuse = (engine: EngineType, operation: string): Permission => ({
  decision: 'rejected',
  reason: unenforced(engine, operation) ?? `${operation} is asked for by the runner, not by an engine`,
});

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
  engine: EngineType,
  directive: TurnSession['directive'],
  told: (bytes: Uint8Array) => void,
): KeptSession => {
  const printed: Uint8Array[] = [];
  return {
    ask: async ({ operation }) => refuse(engine, operation),
    directive,
    trace({ bytes }) {
      printed.push(bytes);
      told(bytes);
    },
    output: () => joined(printed),
  };
};
