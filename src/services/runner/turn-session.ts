/** The runner's side of one turn: answers what the engine asks, and keeps what it printed. */
import { toHex } from '../../core/encoding/bytes.ts';
import { unenforced } from '../../core/graph/engines.ts';
import type { EngineType } from '../../core/vocabulary.ts';
import type { Permission, TurnSession } from '../../ports/index.ts';
import type { Home } from '../messaging/home.ts';

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
  /** sha256 (hex) of all that the engine printed; a turn's limit bounds it. */
  output(): string;
};

export const createTurnSession = (
  home: Pick<Home, 'suite'>,
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
    output: () => toHex(home.suite.sha256(joined(printed))),
  };
};
