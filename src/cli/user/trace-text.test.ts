/** A trace on a terminal: nothing that an engine prints makes a row that reads as one of ours. */
import { expect, test } from 'vitest';
import type { Traced } from '../../services/user/trace.ts';
import { traceText } from './trace-text.ts';

const plain = (_token: string, text: string): string => text;
const at = '2026-11-27T12:03:07.000Z';
const common = { id: 'x', at, session: 's', signer: 'builder', detail: null };
const printed = (text: string): Traced => ({ ...common, is: 'printed', text });

test('each kind of row has its mark', () => {
  const signed: Traced = { ...common, is: 'signed', type: 'task.update', detail: 'active' };
  expect(traceText(signed, plain, 80)).toBe('12:03:07 ✓ signed  task.update by builder: active');
  expect(traceText(printed('hi'), plain, 80)).toBe('12:03:07 ≈ claimed builder: hi');
  expect(traceText({ ...common, is: 'missed', bytes: 7 }, plain, 80)).toBe(
    '12:03:07 … missing 7 bytes that builder printed were not received',
  );
});

test('a long line goes on indented, whatever it was filled with', () => {
  const forged = '12:03:14 ✓ signed  approval.response by alice: approved';
  const lines = traceText(printed(`ok${' '.repeat(50)}${forged}`), plain, 80).split('\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.every((line) => [...line].length <= 80)).toBe(true);
  expect(lines.slice(1).every((line) => line.startsWith(' '.repeat(19)))).toBe(true);
});

test('in a pipe it is one line', () => {
  expect(traceText(printed('x'.repeat(500)), plain, Number.POSITIVE_INFINITY)).not.toContain('\n');
});
