import { expect, test } from 'vitest';
import { EntangleError } from '../../core/errors.ts';
import { resolveHome } from '../kit/settings.ts';
import { homeOfRole, ledgerCheckText } from './check-ledger.ts';

const check = { lines: 34, segments: 1, sealed: 0, chain: 'sha256:ab', torn: false, checkpoints: 0 };

test('what was verified is counted, and a torn end is told', () => {
  expect(ledgerCheckText(check)).toContain('34 in 1 segment: chain, ids and signatures are right');
  expect(ledgerCheckText(check)).not.toMatch(/incomplete|checkpoint|seals/);
  const two = ledgerCheckText({ ...check, segments: 3, sealed: 1 });
  expect(two).toContain('34 in 3 segments:');
  expect(two).toMatch(/seals +1 of 2: /);
  expect(ledgerCheckText({ ...check, checkpoints: 2 })).toContain('2 signed, all of this ledger');
  expect(ledgerCheckText({ ...check, torn: true })).toContain('a last line is incomplete');
});

const home = resolveHome('/homes', {}, '/');

test.each([
  [undefined, '/homes/host/default', 'host init'],
  ['runner/default', '/homes/runner/default', 'runner join'],
  ['user/alice', '/homes/user/alice', 'user join'],
])('the home of %s is %s', (role, directory, hint) => {
  expect(homeOfRole(home, role)).toEqual({ directory, hint: expect.stringContaining(hint) });
});

test.each(['', 'host', 'runner', 'runner/', 'relay/a', 'user/../host', 'user/a/b', 'user/A b', 'toString/a'])(
  'no home is named by %j',
  (role) => {
    expect(() => homeOfRole(home, role)).toThrowError(EntangleError);
    expect(() => homeOfRole(home, role)).toThrowError(/^no role of this home: /);
  },
);
