import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test('the nearest name, and none when nothing is near', () => {
  expect(nearest('validat', ['graph', 'validate', 'plan'])).toBe('validate');
  expect(nearest('bulider', ['reviewer', 'builder'])).toBe('builder');
  expect(nearest('qqqq', ['graph', 'validate', 'plan'])).toBe(null);
  expect(nearest('x'.repeat(10_000), ['graph'])).toBe(null);
});
