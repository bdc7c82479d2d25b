/** Operator tokens: kept as sha256, compared in constant time; a token is never a user. */

import type { Suite } from '../../core/crypto/suite.ts';
import { fromHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { OPERATOR_ROLES, type OperatorRole } from '../../core/vocabulary.ts';

const MIN_TOKEN = 32;

/** `sha256` of the token, null of who has none; times in Unix seconds. */
export type Operator = {
  name: string;
  role: OperatorRole;
  sha256: string | null;
  expires: number | null;
  revoked: number | null;
};

/**
 * `now` in Unix seconds; a token is over at the second it expires. The wall clock decides, since no other outlives a
 * restart: set back, it lets an expired token live longer, never a revoked one.
 */
export const isInForce = (operator: Operator, now: number): boolean =>
  operator.revoked === null && (operator.expires === null || now < operator.expires);

/** A Host does not start without somebody who can govern it. */
export const requireOperators = (operators: readonly Operator[], now: number): void => {
  if (!operators.some((one) => one.role === 'admin' && isInForce(one, now)))
    throw new EntangleError('not_authorized', 'this Host has no valid admin token', {
      hint: 'set ENTANGLE_HOST_OPERATOR_TOKEN, or `bootstrap` in config.yaml, or make a Host with `entangle host init`',
    });
};

/** Looks at every record, whatever matches; who is expired or revoked is nobody. */
export const operatorOf = (
  suite: Pick<Suite, 'sha256'>,
  operators: readonly Operator[],
  token: string,
  now: number,
): Operator | null => {
  if (token.length < MIN_TOKEN || token.length > 256) return null;
  const given = suite.sha256(utf8(token));
  let found: Operator | null = null;
  for (const operator of operators) {
    if (operator.sha256 === null) continue;
    const known = fromHex(operator.sha256);
    let difference = 0;
    for (let i = 0; i < 32; i++) difference |= known[i]! ^ given[i]!;
    if (difference === 0 && isInForce(operator, now)) found = operator;
  }
  return found;
};

/** A role may do what those before it may. */
export const mayDo = (operator: Pick<Operator, 'role'>, needed: OperatorRole): boolean =>
  OPERATOR_ROLES.indexOf(operator.role) >= OPERATOR_ROLES.indexOf(needed);
