import { expect, test } from 'vitest';
import { checkedText } from './render.ts';

test('what the newest check of a ledger found, in words', () => {
  const at = '2026-09-21T14:13:20.000Z';
  expect(checkedText(null)).toBe('not yet');
  expect(checkedText({ at, lines: 7, fault: null })).toBe(`7 lines, all as they were written (${at})`);
  expect(checkedText({ at, lines: 7, fault: 'x.ndjson is damaged at byte 0, line 1: y' })).toBe(
    `DAMAGED (${at}): x.ndjson is damaged at byte 0, line 1: y`,
  );
});
