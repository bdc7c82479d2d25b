/** Keys that a person chose: what they do, what shows them, and which are refused. */
import { describe, expect, test } from 'vitest';
import { APPROVAL, approvalOf, liveOf } from '../../test/support/screens.ts';
import { plainLine } from './ansi.ts';
import { bindingsOf } from './bindings.ts';
import { helpLines } from './help.ts';
import { printedLines } from './inline/lines.ts';
import { KEYS } from './keys.ts';
import { pictureOf } from './picture.ts';
import { type Screen, startScreen } from './state.ts';
import { update } from './update.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const MINE = bindingsOf([
  'arm=Z',
  'reject=v',
  'open=o',
  'open=enter',
  'page-down=J',
  'help=H',
  'quit=ctrl-q',
]);
const started = (surface: Screen['surface'] = 'full') =>
  startScreen({ width: 120, height: 40 }, liveOf(['task', 'builder']), NOW - 10_000, {
    bound: MINE,
    surface,
  });
const after = (start: Screen, ...keys: string[]): Screen =>
  keys.reduce((screen, key) => update(screen, { what: 'key', key }, NOW).screen, start);
const loaded = (screen: Screen): Screen => {
  const view = approvalOf(['task', 'a.ts', 'x']);
  return update(screen, { what: 'loaded', id: APPROVAL, view }, NOW - 5_000).screen;
};
const textOf = (screen: Screen): string => pictureOf(screen, NOW).map(plainLine).join('\n');

describe('a key that a person chose', () => {
  test('does what they chose it for, and those before it nothing', () => {
    expect(after(started(), 'o').approval?.id).toBe(APPROVAL);
    expect(after(started(), 'enter').approval?.id).toBe(APPROVAL);
    const open = loaded(after(started(), 'o'));
    expect(after(open, 'A').notice).toBe('A does nothing here; H shows the keys');
    expect(after(open, 'Z').notice).toMatch(/ not shown yet: read on with J$/);
    expect(after(open, 'v').typing).toMatchObject({ what: 'rejected' });
  });
  test('is in the last line, in the help, in the palette and in sentences', () => {
    const open = loaded(after(started(), 'o'));
    expect(textOf(open)).toMatch(/J page .*Z approve {2}v reject {2}c changes .*H help .*ctrl-q quit/);
    expect(textOf(after(started(), 'H'))).toMatch(/^ Z +approve: asks/m);
    expect(textOf(after(open, ':'))).toMatch(/approve: asks for .* \(Z\)/);
    const lines = printedLines(started('inline'), 'keys', NOW).map(plainLine);
    expect(lines).toContainEqual(expect.stringMatching(/^o, enter +open what is selected/));
    expect(lines).not.toContainEqual(expect.stringMatching(/^A /));
  });
});

test('the help explains the words of the title row and of what is signed', () => {
  const screen = started();
  const rows = helpLines({ ...screen, size: { width: 80, height: 200 } }).map(plainLine);
  for (const word of ['rev 1', 'unsent 0', 'binding: content'])
    expect(rows).toContainEqual(expect.stringMatching(new RegExp(`^ ${word} +[a-z]`)));
  const own = rows.slice(rows.indexOf(' words'));
  expect(Math.max(...own.map((row) => row.length))).toBeLessThanOrEqual(80);
});

test('the table itself would be taken, and each action stands in it once', () => {
  const given = KEYS.flatMap(({ act, keys }) => keys.map((key) => `${act}=${key}`));
  const bound = bindingsOf(given);
  for (const { act, keys } of KEYS) expect(bound[act]).toEqual(keys);
});

describe('refused is', () => {
  test.each([
    ['reject=n', 'n would be the key of "next-file" and of "reject"'],
    ['down=k', 'k would be the key of "down" and of "up"'],
    ['aprove=Z', '"aprove" is nothing that a key does'],
    ['arm', '"" is no key for "arm"'],
    ['down=zz', '"zz" is no key for "down"'],
    ['down=\u202e', '"\u202e" is no key for "down"'],
    ['down=ctrl-c', '"ctrl-c" is no key for "down"'],
    ['arm=enter', 'enter cannot be the key of "arm": what it begins is signed'],
    ['arm=space', 'space cannot be the key of "arm": what it begins is signed'],
    ['reject=enter', 'enter cannot be the key of "reject": what it begins is signed'],
    ['reply=space', 'space cannot be the key of "reply": what it begins is signed'],
    ['arm=f', 'f cannot be the key of "arm": a digest is typed with it'],
    ['arm=0', '0 cannot be the key of "arm": a digest is typed with it'],
  ])('%s', (given, why) => {
    expect(() => bindingsOf([given])).toThrow(why);
  });
  test('nothing where the one before has another key now', () => {
    expect(bindingsOf(['reject=n', 'next-file=]'])).toEqual({ reject: ['n'], 'next-file': [']'] });
  });
});
