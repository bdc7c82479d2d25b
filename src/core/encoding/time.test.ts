import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dayStart,
  formatDuration,
  isoTime,
  LATEST_SECONDS,
  parseDuration,
  parseIsoTime,
  shownTime,
} from './time.ts';

describe('ISO 8601', () => {
  test('both ways', () => {
    expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(parseIsoTime('1970-01-01T00:00:00.000Z')).toBe(0);
    expect(isoTime(253_402_300_799_999)).toBe('9999-12-31T23:59:59.999Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
        expect(parseIsoTime(isoTime(ms))).toBe(ms);
      }),
    );
  });

  test.each([
    '',
    '2026-01-31',
    '2026-01-31T12:00:00Z',
    '2026-02-30T12:00:00.000Z',
    '2026-01-31T24:00:00.000Z',
    '2026-01-31T12:00:00.000+00:00',
    '1969-12-31T23:59:59.999Z',
  ])('refuses %j', (text) => {
    expect(() => parseIsoTime(text)).toThrow('not a time');
  });

  test.each([-1, 0.5, Number.NaN, 253_402_300_800_000])('has no text for %d', (ms) => {
    expect(() => isoTime(ms)).toThrow('out of range');
  });
});

test.each([
  [1_795_000_000, '2026-11-18T11:06:40.000Z'],
  [-1, '1970-01-01T00:00:00.000Z'],
  [LATEST_SECONDS, '9999-12-31T23:59:59.000Z'],
  [LATEST_SECONDS + 1, '9999-12-31T23:59:59.000Z'],
  [2 ** 53, '9999-12-31T23:59:59.000Z'],
  [Number.NaN, '1970-01-01T00:00:00.000Z'],
  [1.5, '1970-01-01T00:00:01.000Z'],
])('T109 %d seconds are shown as %s', (seconds, text) => {
  expect(shownTime(seconds)).toBe(text);
});

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '5', 'm', '-1s', '1.5h', '1m1h', '1s1s', '1 s', '1S', '99999999999d'])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow('not a duration');
    },
  );

  test('formatDuration reads back', () => {
    expect(formatDuration(5_400_000)).toBe('1h30m');
    expect(formatDuration(0)).toBe('0s');
    for (const ms of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => formatDuration(ms)).toThrow('out of range');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 * 1_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

test('a day is one of the calendar, from its first millisecond in UTC', () => {
  expect(dayStart('2026-01-31')).toBe(Date.UTC(2026, 0, 31));
  for (const text of ['2026-02-30', '2026-13-01', '1969-12-31', '2026-1-1', '2026-01-31T00:00', 'today', ''])
    expect([text, dayStart(text)]).toEqual([text, null]);
});
