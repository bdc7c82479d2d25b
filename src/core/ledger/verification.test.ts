import { expect, test } from 'vitest';
import { checkedView, readVerification, type Verification, writeVerification } from './verification.ts';

const found: Verification = { at: 1_790_000_000_000, lines: 7, fault: null };

test('what was found is read back as it was written, and shown with its time', () => {
  expect(readVerification(writeVerification(found))).toEqual(found);
  expect(checkedView(found)).toEqual({ at: '2026-09-21T14:13:20.000Z', lines: 7, fault: null });
  expect(checkedView(null)).toBeNull();
});

test.each([
  '',
  'x',
  '{}',
  'null',
  '{"at":1,"lines":-1,"fault":null}',
  '{"at":1,"lines":1,"fault":7}',
  '{"at":1,"lines":1,"fault":null,"x":1}',
])('%j says nothing', (text) => {
  expect(readVerification(text)).toBeNull();
});
