/** The runner's side of one turn: hands on what the engine asks, and keeps what it printed. */
import type { TurnSession } from '../../ports/index.ts';

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
  { ask, directive }: Pick<TurnSession, 'ask' | 'directive'>,
  told: (bytes: Uint8Array) => void,
): KeptSession => {
  const printed: Uint8Array[] = [];
  return {
    ask,
    directive,
    trace({ bytes }) {
      printed.push(bytes);
      told(bytes);
    },
    output: () => joined(printed),
  };
};
