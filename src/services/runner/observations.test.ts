/** What counts as a break of an engine, and between whom an exchange is a conversation. */
import { describe, expect, test } from 'vitest';
import type { TurnEnd } from '../../ports/index.ts';
import { breakOf } from './observations.ts';

describe('an engine', () => {
  test.each<[TurnEnd['reason'], number | null, string | null]>([
    ['done', 0, null],
    ['failed', 1, null],
    ['failed', 127, null],
    ['failed', 128, null],
    ['failed', 129, 'engine_crashed'],
    ['failed', 137, 'engine_crashed'],
    ['failed', 192, 'engine_crashed'],
    ['failed', 193, null],
    ['failed', 255, null],
    ['failed', null, 'engine_crashed'],
    ['cancelled', null, null],
    ['cancelled', 143, null],
    ['timed_out', null, 'engine_limited'],
    ['output_limit', 0, 'engine_limited'],
    ['disk_limit', 0, 'engine_limited'],
  ])('that ended as %s with exit %j: %j', (reason, exitCode, kind) => {
    expect(breakOf({ is: 'ended', reason, exitCode, tail: '' })).toBe(kind);
  });
  test.each<[TurnEnd['reason'], number | null, string | null]>([
    ['failed', null, 'mode_changed'],
    ['failed', 1, 'mode_changed'],
    // It was over before that
    ['timed_out', null, 'engine_limited'],
    ['cancelled', null, null],
  ])('that changed its mode and ended as %s with exit %j: %j', (reason, exitCode, kind) => {
    expect(breakOf({ is: 'ended', reason, exitCode, tail: '', isModeChanged: true })).toBe(kind);
  });
});
