/** Whether a task goes on at the node that was given it, as far as the routes of whoever gave it say. */
import { expect, test } from 'vitest';
import { createMemoryHome, seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { isCutOffFrom } from './authorization-context.ts';

const ME = 'aa';
const HELPER = 'bb';
const delegates = { relation: 'delegates_to', side: 'a' } as const;
const homeOf = (peer: Partial<RowOf<'peers'>> | null, hasRoutes = true) => {
  const { clock } = virtualClock();
  const home = createMemoryHome({ kind: 'runner', name: 'r', clock, random: seededRandom('cut off') });
  home.identities.set(ME, { role: 'node', name: 'lead', pubkey: ME, secretKey: new Uint8Array(32) });
  if (hasRoutes) home.tables.put('routes', wholeRow('routes', { owner: ME }));
  const row: Partial<RowOf<'peers'>> = {
    owner: ME,
    name: 'helper',
    kind: 'agent',
    pubkey: HELPER,
    relations: [delegates],
  };
  if (peer) home.tables.put('peers', wholeRow('peers', { ...row, ...peer }));
  return home;
};

test.each<[string, boolean, Parameters<typeof homeOf>]>([
  ['goes on while an edge leads to it', false, [{}]],
  ['is over when the routes do not name it any more', true, [null]],
  ['is over when only the way back is left', true, [{ relations: [{ ...delegates, side: 'b' }] }]],
  ['is over when its edge is disabled', true, [{ relations: [{ ...delegates, disabled: true }] }]],
  ['goes on while it runs nowhere, whatever edge it has', false, [{ pubkey: null, relations: [] }]],
  [
    'goes on where its edge has room for no other',
    false,
    [{ relations: [{ ...delegates, max_concurrent: 0 }] }],
  ],
  ['goes on while there are no routes to judge by', false, [null, false]],
])('what was asked of a node %s', (_what, isOver, given) => {
  expect(isCutOffFrom(homeOf(...given), ME, 'helper')).toBe(isOver);
});
