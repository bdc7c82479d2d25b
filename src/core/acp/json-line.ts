/** A line of JSON-RPC as agents write them. */
import { parseStrict, StrictJsonError } from '../encoding/strict-json.ts';

const MAX_DEPTH = 64;

/** Throws for what is no JSON, or not the same to every reader. */
export const parseRpcLine = (line: string): unknown => {
  try {
    return parseStrict(line, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof StrictJsonError) || error.reason !== 'lone_surrogate') throw error;
    // What is told piece by piece is cut within a character too
    const whole = (_: string, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value);
    return parseStrict(JSON.stringify(JSON.parse(line), whole), { maxDepth: MAX_DEPTH });
  }
};
