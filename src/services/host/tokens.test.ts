/** Whose token it is, and since when it is nobody's. */
import { describe, expect, test } from 'vitest';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { EntangleError } from '../../core/errors.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import { mayDo, type Operator, operatorOf, requireOperators } from './tokens.ts';
import { MAX_WRONG, refusedRequests, wrongTokens } from './wrong-tokens.ts';

const NOW = 1_795_000_000;
const tokenOf = (name: string): string => newToken(() => suiteWasm.sha256(new TextEncoder().encode(name)));
const operator = (name: string, role: Operator['role'], rest: Partial<Operator> = {}): Operator => ({
  name,
  role,
  sha256: tokenDigest(suiteWasm, tokenOf(name)),
  expires: null,
  revoked: null,
  ...rest,
});
const all = [
  operator('root', 'admin'),
  operator('ci', 'viewer', { expires: NOW + 10 }),
  operator('gone', 'admin', { revoked: NOW - 1 }),
];
const who = (token: string, now = NOW) => operatorOf(suiteWasm, all, token, now)?.name;

test('a token is `ent_` and 32 bytes as hex', () => {
  expect(tokenOf('x')).toMatch(/^ent_[0-9a-f]{64}$/);
});

describe('the operator of a token', () => {
  test('is found whichever record it is', () => {
    expect(who(tokenOf('root'))).toBe('root');
    expect(who(tokenOf('ci'))).toBe('ci');
  });
  test('is nobody for another token, an empty one, a digest, one too short or too long', () => {
    for (const token of [tokenOf('other'), '', `${all[0]!.sha256}`, 'x'.repeat(31), 'x'.repeat(257)])
      expect(who(token)).toBeUndefined();
  });
  test.each([
    [31, undefined],
    [32, 'odd'],
    [256, 'odd'],
    [257, undefined],
  ])('of %d characters, of which somebody put the digest into the ledger, is %s', (length, name) => {
    const token = 'x'.repeat(length);
    const odd = operator('odd', 'admin', { sha256: tokenDigest(suiteWasm, token) });
    expect(operatorOf(suiteWasm, [odd], token, NOW)?.name).toBe(name);
  });
  test('is nobody from the second in which the token expires', () => {
    expect(who(tokenOf('ci'), NOW + 9)).toBe('ci');
    expect(who(tokenOf('ci'), NOW + 10)).toBeUndefined();
  });
  test('is nobody when it was revoked, whatever the clock says', () => {
    for (const now of [0, NOW - 2, NOW]) expect(who(tokenOf('gone'), now)).toBeUndefined();
  });
});

describe('a Host starts', () => {
  const starts = (operators: readonly Operator[], now = NOW): boolean => {
    try {
      requireOperators(operators, now);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'not_authorized', hint: expect.stringMatching(/./) });
      expect(error).toBeInstanceOf(EntangleError);
      return false;
    }
  };
  test('with an admin in force', () => expect(starts(all)).toBe(true));
  test.each<[string, Operator[]]>([
    ['without any operator', []],
    ['with a viewer and an editor', [operator('v', 'viewer'), operator('e', 'editor')]],
    ['with an admin that is revoked', [all[2]!]],
    ['with an admin that is expired', [operator('a', 'admin', { expires: NOW })]],
  ])('not %s', (_, operators) => expect(starts(operators)).toBe(false));
});

test('a role may do what the lower ones may', () => {
  const roles = ['viewer', 'editor', 'admin'] as const;
  const table = roles.map((mine) => roles.map((needed) => mayDo(operator('x', mine), needed)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

test('wrong tokens are counted for the minute that began with the first', () => {
  let now = 500;
  const count = wrongTokens({ monotonic: () => now });
  for (let n = 1; n <= MAX_WRONG; n++) expect(count()).toBe(n);
  now += 59_999;
  expect(count()).toBe(MAX_WRONG + 1);
  now += 1;
  expect(count()).toBe(1);
});

test('requests that are refused are counted for each caller', () => {
  const count = refusedRequests({ monotonic: () => 0 });
  expect([count('a'), count('a'), count('b')]).toEqual([1, 2, 1]);
  for (let i = 0; i < 999; i++) count(`c${i}`);
  // Who came first is forgotten
  expect([count('b'), count('a')]).toEqual([2, 1]);
});
