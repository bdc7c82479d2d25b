/** An escalation waits for its person until it is answered or closed, whichever message of it came first. */
import { expect, test } from 'vitest';
import { bothWays, session } from '../../../../test/support/fold-kit.ts';
import { uuidOf } from '../../../../test/support/world.ts';

const about = { session, question: uuidOf(0x71) };
const opened = (end: 'reply' | 'escalation.closed' | null): number[] =>
  bothWays('runner', ({ say }) => {
    const body = { ...about, attempt: 1, step: 1, text: 'which?', path: ['user', 'builder'] };
    const re = say({ type: 'escalation', from: 'node', to: 'bob', body });
    if (end === 'reply')
      say({ type: 'reply', from: 'bob', to: 'node', re, body: { ...about, text: 'this' } });
    if (end === 'escalation.closed')
      say({ type: 'escalation.closed', from: 'node', to: 'bob', re, body: about });
  }).flatMap((tables) => tables.list('questions').map(({ open }) => open));

test.each([
  [null, 1],
  ['reply', 0],
  ['escalation.closed', 0],
] as const)('after %s', (end, open) => expect(opened(end)).toEqual([open, open]));
