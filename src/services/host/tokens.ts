/** Operator tokens: kept as sha256, compared in constant time; a token is never a user. */
import { fromHex, toHex, utf8 } from '../../core/bytes.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Operator } from './host.ts';

const MIN_TOKEN = 32;
const RANK = { viewer: 0, editor: 1, admin: 2 } as const;

export const tokenDigest = (suite: Pick<Suite, 'sha256'>, token: string): string =>
  toHex(suite.sha256(utf8(token)));

/** A Host does not start without a way to know its operators. */
export const requireOperators = (operators: readonly Operator[]): void => {
  const usable = operators.filter((one) => /^[0-9a-f]{64}$/.test(one.sha256) && one.role in RANK);
  if (usable.length === 0 || usable.length !== operators.length)
    throw new EntangleError('not_authorized', 'this Host has no operator token: nobody could govern it', {
      hint: 'Run `entangle host init` in a new home; it makes one.',
    });
};

/** Looks at every record, whatever matches. */
export const operatorOf = (
  suite: Pick<Suite, 'sha256'>,
  operators: readonly Operator[],
  token: string | null,
): Operator | null => {
  if (token === null || token.length < MIN_TOKEN || token.length > 256) return null;
  const given = suite.sha256(utf8(token));
  let found: Operator | null = null;
  for (const operator of operators) {
    const known = fromHex(operator.sha256);
    let difference = 0;
    for (let i = 0; i < 32; i++) difference |= known[i]! ^ given[i]!;
    if (difference === 0) found = operator;
  }
  return found;
};

export const mayDo = (operator: Operator, needed: Operator['role']): boolean =>
  RANK[operator.role] >= RANK[needed];
