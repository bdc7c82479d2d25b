/** What a doctor says of a federation whose Host answers. */
import { expect, test } from 'vitest';
import { overviewOf } from '../../../test/support/host-screens.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import { amissIn, callersByMethod } from './host.ts';

test('an agent that runs nowhere is said with the reason, and with a mend where there is one', () => {
  const seen = overviewOf(['no runner fits', 'take another', 'builder']);
  const [known, ...more] = seen.nowhere;
  expect(more).toEqual([]);
  const unknown = { node: 'second', because: 'build-1 fits, and does not have it yet' };
  const rows = amissIn('host acme', { ...seen, nowhere: [known!, unknown] });
  expect(rows.filter(({ check }) => check.startsWith('agent '))).toEqual([
    {
      ...{ of: 'host acme', check: 'agent builder', state: 'warning' },
      ...{ words: 'runs nowhere: no runner fits', mend: 'take another' },
    },
    {
      ...{ of: 'host acme', check: 'agent second', state: 'warning' },
      words: 'runs nowhere: build-1 fits, and does not have it yet',
      mend: 'see the runners: `entangle host runner list`',
    },
  ]);
});

test('a git principal of which something is amiss is named, and where to see it', () => {
  const rows = amissIn('host acme', overviewOf(['bot', 'builder', 'three']));
  expect(rows.filter(({ check }) => check === 'principals')).toMatchObject([
    {
      words: expect.stringContaining('no git principal bot: turns of builder fail'),
      mend: 'see them: `entangle host principal list`',
    },
    { words: expect.stringContaining('withholds what pushes until people approve') },
    { words: expect.stringContaining('is for other remotes than those of builder') },
  ]);
});

test('where there is no graph yet, it is written under the name that the Host governs', () => {
  const seen = overviewOf(['one', 'two', `${'ab'.repeat(32)}/acme`]);
  const rows = amissIn('host acme', { ...seen, status: { ...seen.status, revision: null } });
  expect(rows.find(({ check }) => check === 'graph')?.mend).toContain('graph init --graph acme --npub NPUB`');
});

test('operators are counted by what they are known, those who may not call left out', () => {
  const one = (method: OperatorView['method'], state: OperatorView['state'] = 'active'): OperatorView => ({
    ...{
      name: 'one',
      role: 'viewer',
      state,
      expires: null,
      revoked: null,
      method,
      identity: null,
      key: null,
    },
  });
  const all = [one('bearer'), one('nip98'), one('nip98'), one('oidc', 'revoked'), one('bearer', 'expired')];
  expect(callersByMethod(all)).toBe('3 may call: 1 by a token, 2 by a key that signs (NIP-98)');
  expect(callersByMethod([one('oidc')])).toBe('1 may call: 1 by what an issuer says');
});
