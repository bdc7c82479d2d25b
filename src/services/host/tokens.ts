/** Operator tokens: kept as sha256, compared in constant time; a token is never a user. */
import { fromHex, toHex, utf8 } from '../../core/bytes.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Random } from '../../ports.ts';
import type { Operator } from './host.ts';

const MIN_TOKEN = 32;
const RANK = { viewer: 0, editor: 1, admin: 2 } as const;

/** 32 random bytes, under a prefix by which scanners for leaked secrets can know it. */
export const newToken = (random: Random['bytes']): string => `ent_${toHex(random(32))}`;

export const tokenDigest = (suite: Pick<Suite, 'sha256'>, token: string): string =>
  toHex(suite.sha256(utf8(token)));

/**
 * `now` in Unix seconds; a token is over at the second it expires. The wall clock decides, since no other outlives a
 * restart: set back, it lets an expired token live longer, never a revoked one.
 */
export const isInForce = (operator: Operator, now: number): boolean =>
  operator.revokedAt === undefined && (operator.expiresAt === undefined || now < operator.expiresAt);

/** A Host does not start without somebody who can govern it. */
export const requireOperators = (operators: readonly Operator[], now: number): void => {
  const isSound = operators.every(
    (one) => /^[0-9a-f]{64}$/.test(one.sha256) && Object.hasOwn(RANK, one.role),
  );
  if (!isSound || !operators.some((one) => one.role === 'admin' && isInForce(one, now)))
    throw new EntangleError(
      'not_authorized',
      'this Host has no admin token in force: nobody could govern it',
      {
        hint: 'Run `entangle host init` in a new home; it makes one.',
      },
    );
};

/** Looks at every record, whatever matches; who is expired or revoked is nobody. */
export const operatorOf = (
  suite: Pick<Suite, 'sha256'>,
  operators: readonly Operator[],
  token: string | null,
  now: number,
): Operator | null => {
  if (token === null || token.length < MIN_TOKEN || token.length > 256) return null;
  const given = suite.sha256(utf8(token));
  let found: Operator | null = null;
  for (const operator of operators) {
    const known = fromHex(operator.sha256);
    let difference = 0;
    for (let i = 0; i < 32; i++) difference |= known[i]! ^ given[i]!;
    if (difference === 0 && isInForce(operator, now)) found = operator;
  }
  return found;
};

export const mayDo = (operator: Operator, needed: Operator['role']): boolean =>
  RANK[operator.role] >= RANK[needed];
