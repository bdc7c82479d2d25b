import { expect, test } from 'vitest';
import { ledgerCheckText } from './check-ledger.ts';

const check = { lines: 34, segments: 1, chain: 'sha256:ab', torn: false };

test('what was verified is counted, and a torn end is told', () => {
  expect(ledgerCheckText(check)).toContain('34 in 1 segment: chain, ids and signatures are right');
  expect(ledgerCheckText({ ...check, segments: 2 })).toContain('34 in 2 segments:');
  expect(ledgerCheckText(check)).not.toContain('incomplete');
  expect(ledgerCheckText({ ...check, torn: true })).toContain('a last line is incomplete');
});
