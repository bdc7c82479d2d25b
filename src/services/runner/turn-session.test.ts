import { describe, expect, test } from 'vitest';
import { MAX_TOLD_BYTES } from '../../core/bounds.ts';
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

  test('T122 an engine that has its runner say something without end fills no memory of it', () => {
    const one = sessionOf();
    for (let n = 0; n < 20_000; n++) one.tell(`no work of ${'x'.repeat(64)}: ${n}`);
    one.trace({ is: 'text', bytes: utf8('printed') });
    const text = fromUtf8(one.output());
    expect(text).toMatch(/^\nno work of x+: 0\n\nno work of x+: 1\n/);
    expect(text).toMatch(
      /\nwhat else its runner would say of this turn is left out: it is too much\nprinted$/,
    );
    expect(text.length).toBeLessThan(MAX_TOLD_BYTES + 200);
    expect(text.length).toBeGreaterThan(MAX_TOLD_BYTES - 200);
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
