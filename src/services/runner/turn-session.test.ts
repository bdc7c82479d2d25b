import { describe, expect, test } from 'vitest';
import { createWorld } from '../../../test/support/world.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { ENGINE_TYPES, type EngineType, OPERATIONS } from '../../core/vocabulary.ts';
import { createTurnSession } from './turn-session.ts';

const { suite } = createWorld();
const sessionOf = (engine: EngineType = 'exec') =>
  createTurnSession(
    { suite },
    engine,
    async (line) => `re ${line}`,
    () => {},
  );
const digestOf = (text: string) => toHex(suite.sha256(utf8(text)));

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

  test('has the digest of all that was printed, however it came', () => {
    const silent = sessionOf();
    expect(silent.output()).toBe(digestOf(''));
    const talking = sessionOf();
    const text = 'x'.repeat(300_000);
    for (const letter of text) talking.trace({ is: 'text', bytes: utf8(letter) });
    expect(talking.output()).toBe(digestOf(text));
  });
});
