/** Sessions in the lists of an operator. */
import { expect, test } from 'vitest';
import { hostSession } from '../../../test/support/command-surfaces.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { hostSessionText, noSessionsText, sessionCells } from './session-text.ts';

const NOW = Date.parse('2026-11-26T12:00:00.000Z');
const row = (id: string, changes: object = {}) => ({
  ...hostSession('x'),
  ...{ id, reason: null, cancel: null, waits: [], held: true, ...changes },
});

test('ids are short where that tells them from each other, and whole where it does not', () => {
  const [one, other] = [uuidOf(1), `0${uuidOf(2).slice(1, -8)}${uuidOf(1).slice(-8)}`];
  const third = uuidOf(3);
  expect(sessionCells([row(one), row(other), row(third)], NOW).map(([id]) => id)).toEqual([
    one,
    other,
    third.slice(-8),
  ]);
});

test.each<[string, object, string | null]>([
  ['that somebody runs', {}, null],
  ['that nobody runs', { held: false, requester: 'bob' }, 'nobody runs it: bob asks again, once online'],
  ['that is to end', { cancel: { by: 'ops', at: '', reason: 'x' } }, 'to be ended, says ops'],
  [
    'that waits',
    { waits: [{ node: 'a', name: 'bob', ask: 'approval', since: '' }], held: false, requester: 'ann' },
    'nobody runs it: ann asks again, once online; waits for bob (approval)',
  ],
  [
    'that is over',
    { state: 'cancelled', held: false, reason: 'cancelled_by_host', cancel: { by: 'ops' } },
    'cancelled_by_host',
  ],
  [
    'that is over and was asked for again',
    { state: 'completed', cancel: { by: 'ops', at: '', reason: null } },
    'asked for again: somebody runs it; to be ended, says ops',
  ],
])('of one %s it says what matters', (_what, changes, about) => {
  expect(sessionCells([row(uuidOf(1), changes)], NOW)[0]!.at(-1)).toBe(about);
});

test('one that nobody runs is said to wait for whoever asked, and not to be stuck', () => {
  const one = { ...hostSession('x'), ...{ state: 'active' as const, held: false, requester: 'bob' } };
  expect(hostSessionText(one, NOW, 200)).toMatch(/^runs +nobody now: bob asks again, once online$/m);
});

test.each([
  [{}, 'no sessions: no runner told of one'],
  [{ node: 'fixer' }, 'no sessions of fixer'],
  [{ open: true }, 'no open sessions'],
  [{ open: true, node: 'fixer' }, 'no open sessions of fixer'],
])('an empty list of %o says of what', (of, words) => {
  expect(noSessionsText(of)).toBe(words);
});
