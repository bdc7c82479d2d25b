/** The runner's side of one turn: hands on what the engine asks, and keeps what it printed. */
import { MAX_TOLD_BYTES } from '../../core/bounds.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
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
  /** Puts a line of ours between: an engine may have us say something as often as it likes, and so much of it is kept (T122). */
  tell(line: string): void;
  /** All that the engine printed, which a turn's limit bounds, and what was told of it. */
  output(): Uint8Array;
};

const NO_MORE = 'what else its runner would say of this turn is left out: it is too much';

export const createTurnSession = (
  { ask, directive }: Pick<TurnSession, 'ask' | 'directive'>,
  told: (bytes: Uint8Array) => void,
): KeptSession => {
  const printed: Uint8Array[] = [];
  let room = MAX_TOLD_BYTES;
  const trace: TurnSession['trace'] = ({ bytes }) => {
    printed.push(bytes);
    told(bytes);
  };
  return {
    ask,
    directive,
    trace,
    tell(line) {
      if (room < 0) return;
      const bytes = utf8(`\n${line}\n`);
      room -= bytes.length;
      trace({ is: 'text', bytes: room < 0 ? utf8(`\n${NO_MORE}\n`) : bytes });
    },
    output: () => joined(printed),
  };
};
