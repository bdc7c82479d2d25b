import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../core/encoding/bytes.ts';
import { ENGINE_TYPES, type EngineType, OPERATIONS } from '../../core/vocabulary.ts';
import { createTurnSession } from './turn-session.ts';

const sessionOf = (engine: EngineType = 'exec') =>
  createTurnSession(
    engine,
    async (line) => `re ${line}`,
    () => {},
  );

describe('the session of a turn', () => {
  test.each(OPERATIONS.flatMap((operation) => ENGINE_TYPES.map((engine) => [operation, engine] as const)))(
    'grants no %s to the engine %s, and says why',
    async (operation, engine) => {
      const answer = await sessionOf(engine).ask({ operation, shown: 'rm -r x' });
      expect(answer).toEqual({ decision: 'rejected', reason: expect.stringContaining(operation) });
    },
  );

  test('hands directives on', async () => {
    expect(await sessionOf().directive('a')).toBe('re a');
  });

  test('has all that was printed, however it came', () => {
    const silent = sessionOf();
    expect(silent.output()).toHaveLength(0);
    const talking = sessionOf();
    const text = 'x'.repeat(300_000);
    for (const letter of text) talking.trace({ is: 'text', bytes: utf8(letter) });
    expect(fromUtf8(talking.output())).toBe(text);
  });
});
