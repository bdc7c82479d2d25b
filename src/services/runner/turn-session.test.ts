import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../core/encoding/bytes.ts';
import { createTurnSession } from './turn-session.ts';

const sessionOf = () =>
  createTurnSession(
    {
      ask: async ({ words }) => ({ decision: 'rejected', reason: words }),
      directive: async (line) => `re ${line}`,
    },
    () => {},
  );
const ASKED = {
  ...({ operation: 'command.run', binding: 'described', command: null, input: null } as const),
  ...{ words: 'make', option: { id: 'a', kind: 'allow_once', name: 'Once' } },
};

describe('the session of a turn', () => {
  test('hands on what is asked, and directives', async () => {
    expect(await sessionOf().ask(ASKED)).toEqual({ decision: 'rejected', reason: 'make' });
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
