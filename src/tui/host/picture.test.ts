/** A frame of the operator's screen has exactly its size, whatever is in it, and its banner whenever it is not of now. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { auditEntryOf, overviewOf, traceEntryOf } from '../../../test/support/host-screens.ts';
import { HOSTILE_TEXTS } from '../../../test/support/hostile-texts.ts';
import { ansiLine } from '../ansi.ts';
import { detailLines } from './details.ts';
import { HOST_KEYS } from './keys.ts';
import { rowLine } from './lines.ts';
import { hostPicture } from './picture.ts';
import { type HostEvent, type HostScreen, startHostScreen } from './state.ts';
import { updateHost } from './update.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const size = fc.record({
  width: fc.integer({ min: 40, max: 240 }),
  height: fc.integer({ min: 12, max: 80 }),
});
const text = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 200 }));
const KEYS = HOST_KEYS.flatMap(({ keys }) => keys).filter((key) => key !== 'q');
const events = fc.array(
  fc.oneof(
    fc.constantFrom(...KEYS, 'a', 'enter').map((key): HostEvent => ({ what: 'key', key })),
    text.map((pasted): HostEvent => ({ what: 'paste', text: pasted })),
    size.map((one): HostEvent => ({ what: 'resize', size: one })),
    text.map((why): HostEvent => ({ what: 'lost', of: 'changes', why })),
    fc.constant<HostEvent>({ what: 'alive', of: 'changes' }),
    fc.constant<HostEvent>({ what: 'tick' }),
  ),
  { maxLength: 12 },
);

const expectExact = (screen: HostScreen): string[] => {
  const { width, height } = screen.size;
  const lines = hostPicture(screen, NOW).map((line) =>
    ansiLine(line, 'none').replace(/\u001b\[[0-9;]*m/g, ''),
  );
  expect(lines).toHaveLength(height);
  for (const line of lines) {
    expect(stringWidth(line), JSON.stringify(line)).toBe(width);
    expect(line).not.toMatch(/\p{Cc}|\p{Cf}/u);
  }
  return lines;
};

test('every frame has exactly its lines of exactly its cells, no control character of anybody, and says when it is old', () => {
  fc.assert(
    fc.property(size, fc.array(text, { minLength: 3, maxLength: 3 }), events, (first, texts, what) => {
      const start: HostEvent[] = [
        { what: 'read', overview: overviewOf(texts, NOW) },
        { what: 'traced', entries: [traceEntryOf(texts, 1), traceEntryOf(texts, 2, false)] },
        { what: 'audited', entries: [auditEntryOf(texts), auditEntryOf(texts, 2, texts[0])] },
      ];
      let screen = startHostScreen(first, NOW);
      for (const event of [...start, ...what]) {
        screen = updateHost(screen, event, NOW).screen;
        const lines = expectExact(screen);
        expect(/^ [!…] /.test(lines[1]!)).toBe(screen.link.is !== 'live');
      }
    }),
    { numRuns: times(25, 2_000) },
  );
});

test('a session that an operator wants ended says so while it goes on, with who and why below it', () => {
  const overview = overviewOf(['one', 'two', 'three'], NOW);
  const [row] = overview.sessions;
  const [session, over] = [
    { ...row!, held: true },
    { ...row!, state: 'cancelled' as const },
  ];
  const screen = startHostScreen({ width: 120, height: 30 }, NOW);
  const lineOf = (one: typeof session) =>
    ansiLine(rowLine(screen, { is: 'session', id: one.id, session: one }, NOW), 'none');
  expect(lineOf(session)).toContain('to be ended');
  expect(lineOf({ ...session, cancel: null })).not.toContain('to be ended');
  expect(lineOf(over)).not.toContain('to be ended');
  const facts = detailLines(screen, { is: 'session', id: session.id, session }, 120, NOW);
  expect(facts.map((line) => ansiLine(line, 'none')).join('\n')).toMatch(
    /to be ended +says operator one, .*: two/,
  );
});
