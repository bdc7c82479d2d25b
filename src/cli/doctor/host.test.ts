/** What a doctor says of a federation whose Host answers. */
import { expect, test } from 'vitest';
import { overviewOf } from '../../../test/support/host-screens.ts';
import { amissIn } from './host.ts';

test('an agent that runs nowhere is said with the reason, and with a mend where there is one', () => {
  const seen = overviewOf(['no runner fits', 'take another', 'builder']);
  const [known, ...more] = seen.nowhere;
  expect(more).toEqual([]);
  const unknown = { node: 'second', because: 'build-1 fits, and does not have it yet' };
  const rows = amissIn({ ...seen, nowhere: [known!, unknown] });
  expect(rows.filter(({ check }) => check.startsWith('agent '))).toEqual([
    {
      ...{ of: 'host', check: 'agent builder', state: 'warning' },
      ...{ words: 'runs nowhere: no runner fits', mend: 'take another' },
    },
    {
      ...{ of: 'host', check: 'agent second', state: 'warning' },
      words: 'runs nowhere: build-1 fits, and does not have it yet',
      mend: 'see the runners: `entangle host runner list`',
    },
  ]);
});

test('where there is no graph yet, it is written under the name that the Host governs', () => {
  const seen = overviewOf(['one', 'two', `${'ab'.repeat(32)}/acme`]);
  const rows = amissIn({ ...seen, status: { ...seen.status, revision: null } });
  expect(rows.find(({ check }) => check === 'graph')?.mend).toContain('graph init --graph acme --npub NPUB`');
});
