import { expect, test } from 'vitest';
import { probedAs, UNASKED_FACTS } from '../../../test/support/probe-records.ts';
import { outcomeWords, probeLine, probeLines, voidLine } from './probe-words.ts';

const kimi = probedAs('kimi', { version: '2.1.0', sandbox: 'bwrap' });
const untried = { ...kimi.facts, command_asked: 'untried' as const };

test('a probe is told with the program and the version it was of', () => {
  expect(probeLine(kimi)).toBe('kimi 2.1.0, programs aaaaaaaaaaaa (sandbox bwrap): holds');
  expect(probeLine(probedAs('kimi'))).toBe('kimi, programs aaaaaaaaaaaa (sandbox none): holds');
});

test.each([
  ['not enforced: it runs commands without asking', { facts: UNASKED_FACTS }],
  [
    'not enforced: those whom it starts run commands without asking',
    { facts: { ...kimi.facts, subagent_asked: 'no' as const } },
  ],
  ['not enforced: not all of it could be tried', { facts: untried }],
  ['not enforced: not all of it could be tried (it has no API)', { facts: untried, why: 'it has no API' }],
  ['holds', { why: 'nobody says why of what holds' }],
])('its outcome: %s', (words, more) => expect(outcomeWords(probedAs('kimi', more))).toBe(words));

test('all of it is told: what was seen, what is not so, what nobody knows', () => {
  const lines = probeLines({ ...kimi, binding: 'described' });
  expect(lines.slice(1)).toEqual([
    '  seen: asks before a command; leaves a command that is rejected; leaves a command when its turn is cancelled',
    '  not so: has its runner run its commands; asks before an edit; has its runner make its edits',
    expect.stringMatching(/^ {2}not tried: leaves an edit .*; is held to a mode in which it asks$/),
    '  binding: its requests give words about the command alone',
  ]);
  expect(probeLines(kimi).at(-1)).toContain('it asked about no command');
});

test('one of another program is void, whatever it was', () => {
  expect(voidLine(kimi)).toMatch(/^kimi 2\.1\.0, .*: void, since its program is another now or gone/);
});
