/** Lines of a trace are read as they were written; what is none of them is text. */
import { expect, test } from 'vitest';
import { readToldLine } from './read-told.ts';
import { callLine, planLine, usageLine } from './told.ts';

test('a call, with its title as it is', () => {
  const call = { title: 'Run (make) all): now', kind: 'execute', status: 'in_progress' } as const;
  expect(readToldLine(callLine(call))).toEqual({ is: 'call', ...call });
  expect(readToldLine('call: x (conjure): failed')).toMatchObject({ kind: 'other', status: 'failed' });
});

test('a plan of several steps', () => {
  const entries = [
    { content: 'read (all); then', status: 'completed' },
    { content: 'write', status: 'pending' },
  ];
  expect(readToldLine(planLine({ entries }))).toEqual({ is: 'plan', entries });
});

test('usage, with its price where it has one', () => {
  expect(readToldLine(usageLine({ used: 5, size: 100, cost: { amount: 0.25, currency: 'USD' } }))).toEqual({
    ...{ is: 'usage', used: 5, size: 100 },
    cost: { amount: 0.25, currency: 'USD' },
  });
  expect(readToldLine(usageLine({ used: 5, size: 100 }))).toMatchObject({ is: 'usage', cost: null });
});

test('a thought', () => {
  expect(readToldLine('thinks: about it')).toEqual({ is: 'thought', text: 'about it' });
});

test.each([
  ['words', 'done'],
  ['a call in a state that none has', 'call: x (read): maybe'],
  ['a call without a title', 'call:  (read): pending'],
  ['a plan with a state that none has', 'plan: a (pending); b (maybe)'],
  ['a plan of nothing', 'plan: '],
  ['a plan that goes on after its end', 'plan: a (pending) and more'],
  ['usage that is no number', 'usage: all of it tokens'],
  ['usage of more than is exact', `usage: ${'9'.repeat(16)} of 1 tokens`],
])('%s is text', (_, text) => {
  expect(readToldLine(text)).toEqual({ is: 'text', text });
});
