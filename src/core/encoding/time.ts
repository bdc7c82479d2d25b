/** Times and durations as people and files write them. Times inside are Unix milliseconds. */

import { EntangleError, type ErrorCode } from '../errors.ts';
import { DAY, DURATION } from '../grammars.ts';
import { fits, requireFit } from './grammar.ts';

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** Unix seconds of the last second that ISO 8601 writes with four digits of a year. */
export const LATEST_SECONDS = 253_402_300_799;
const LATEST = LATEST_SECONDS * 1000 + 999;
const UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LARGEST_FIRST = ['d', 'h', 'm', 's', 'ms'] as const;

/** ISO 8601 UTC with milliseconds, years 1970 to 9999. */
export function isoTime(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0 || ms > LATEST)
    throw new EntangleError('invalid', 'time out of range');
  return new Date(ms).toISOString();
}

/** Unix seconds of any origin for a list that is shown: what no calendar has becomes the nearest that it has. Never throws. */
export const shownTime = (seconds: number): string => {
  const within = Number.isFinite(seconds) ? Math.min(Math.max(Math.floor(seconds), 0), LATEST_SECONDS) : 0;
  return isoTime(within * 1000);
};

/** Reads back what `isoTime` writes, and only that. */
export function parseIsoTime(text: string): number {
  const ms = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || ms < 0 || isoTime(ms) !== text) {
    throw new EntangleError('invalid', 'not a time', { hint: 'write times like 2026-01-31T12:00:00.000Z' });
  }
  return ms;
}

/** The first millisecond of a day in UTC; null for what is no day. */
export const dayStart = (text: string): number | null => {
  const ms = fits(DAY, text) ? Date.parse(`${text}T00:00:00.000Z`) : Number.NaN;
  return Number.isNaN(ms) || ms < 0 || !isoTime(ms).startsWith(text) ? null : ms;
};

/** Milliseconds of "90s", "15m", "1h30m", "2d", "250ms" and "0"; null for what is no duration. */
export const durationMs = (text: string): number | null =>
  fits(DURATION, text)
    ? [...text.matchAll(/([0-9]+)(ms|[smhd])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * UNIT[unit as keyof typeof UNIT],
        0,
      )
    : null;

/** The same where it must be one. */
export const parseDuration = (text: string, code: ErrorCode = 'invalid'): number =>
  durationMs(requireFit(DURATION, text, code)) ?? 0;

/** The shortest text that `parseDuration` reads back as the same number. */
export function formatDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new EntangleError('invalid', 'duration out of range');
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of LARGEST_FIRST) {
    const count = Math.floor(rest / UNIT[unit]);
    rest -= count * UNIT[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
