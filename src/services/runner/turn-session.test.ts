import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../core/encoding/bytes.ts';
import { ENGINE_TYPES, type EngineType, OPERATIONS, type Operation } from '../../core/vocabulary.ts';
import { createTurnSession } from './turn-session.ts';

const RULE = { by: ['alice'], quorum: 1, four_eyes: false };
const sessionOf = (engine: EngineType = 'exec', underApproval: readonly Operation[] = OPERATIONS) =>
  createTurnSession(
    { engine, policy: { approval: new Map(underApproval.map((operation) => [operation, RULE])) } },
    async (line) => `re ${line}`,
    () => {},
  );

describe('the session of a turn', () => {
  test.each(OPERATIONS.flatMap((operation) => ENGINE_TYPES.map((engine) => [operation, engine] as const)))(
    'grants no %s that is under approval to the engine %s, and says why',
    async (operation, engine) => {
      const answer = await sessionOf(engine).ask({ operation, shown: 'rm -r x' });
      expect(answer).toEqual({ decision: 'rejected', reason: expect.stringContaining(operation) });
    },
  );

  test('grants what no policy has approved, but never a publication', async () => {
    const session = sessionOf('acp', []);
    const granted = await session.ask({ operation: 'command.run', shown: 'make' });
    expect(granted).toEqual({ decision: 'approved', reason: 'no policy has command.run approved here' });
    expect(await session.ask({ operation: 'source.publish', shown: 'push' })).toMatchObject({
      decision: 'rejected',
    });
  });

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
