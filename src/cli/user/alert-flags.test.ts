/** Hours in which nobody is told, and what they look like. */
import { expect, test } from 'vitest';
import { fits } from '../../core/encoding/grammar.ts';
import { QUIET_HOURS } from '../../core/grammars.ts';
import { quietMs } from './alert-flags.ts';

/** Of the day of whatever machine this is. */
const at = (hours: number, minutes: number, seconds = 0) => new Date(2026, 10, 28, hours, minutes, seconds);
const MINUTE = 60_000;

test.each([
  ['22:00-07:00', at(21, 59), 0],
  ['22:00-07:00', at(22, 0), 540],
  ['22:00-07:00', at(0, 0), 420],
  ['22:00-07:00', at(6, 59), 1],
  ['22:00-07:00', at(7, 0), 0],
  ['12:30-13:15', at(12, 45), 30],
  ['12:30-13:15', at(22, 0), 0],
  ['08:00-08:00', at(8, 0), 0],
])('between %s it is quiet at %s for %i minutes', (hours, now, minutes) => {
  expect(quietMs(hours, now)).toBe(minutes * MINUTE);
});

test('to the second, and never where no hours are said', () => {
  expect(quietMs('22:00-07:00', at(6, 59, 40))).toBe(20_000);
  expect(quietMs(undefined, at(3, 0))).toBe(0);
});

test.each(['24:00-07:00', '22:60-07:00', '22-7', '22:00', '22:00-07:00 ', '1:00-2:00'])(
  '%s are none',
  (text) => {
    expect(fits(QUIET_HOURS, text)).toBe(false);
  },
);
