/** Who may call the Host API. A name and a token are used once: revoked ones stay on the list, so that none comes back. */
import { EntangleError } from '../../core/errors.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import { isoTime } from '../../core/time.ts';
import { nowSeconds } from '../home.ts';
import type { Host, Operator } from './host.ts';
import { isInForce } from './tokens.ts';

/** Bound of the list in the Host's config, revoked ones included. */
export const MAX_OPERATORS = 1_000;

const viewOf = (one: Operator, now: number): OperatorView => ({
  name: one.name,
  role: one.role,
  state: one.revokedAt !== undefined ? 'revoked' : isInForce(one, now) ? 'active' : 'expired',
  expires: one.expiresAt === undefined ? null : isoTime(one.expiresAt * 1000),
  revoked: one.revokedAt === undefined ? null : isoTime(one.revokedAt * 1000),
});

export const listOperators = (host: Host) => ({
  items: host.operators.map((one) => viewOf(one, nowSeconds(host.home))),
  next: null,
});

/** In the config before it is in force, and in force before it is answered; one change after the other. */
const change = (host: Host, next: (now: readonly Operator[]) => readonly Operator[]): Promise<void> =>
  host.inTurn(async () => {
    const before = host.operators;
    const after = next(before);
    if (after === before) return;
    await host.saveOperators(after, before);
    host.operators = after;
  });

export type OperatorWanted = Pick<Operator, 'name' | 'role' | 'sha256'> & { expiresAt: number | null };

/** `sha256` is of a token that only its maker has seen. */
export const addOperator = async (host: Host, wanted: OperatorWanted): Promise<OperatorView> => {
  const { expiresAt, ...rest } = wanted;
  const now = nowSeconds(host.home);
  if (expiresAt !== null && expiresAt <= now)
    throw new EntangleError('invalid', 'the token would have expired before it could be used');
  const made: Operator = { ...rest, ...(expiresAt === null ? {} : { expiresAt }) };
  await change(host, (all) => {
    if (all.some(({ name }) => name === made.name))
      throw new EntangleError('conflict', `there is or was an operator "${made.name}"`, {
        hint: 'A name is used once, so that the audit stays true: choose another.',
      });
    if (all.some(({ sha256 }) => sha256 === made.sha256))
      throw new EntangleError('conflict', 'this token is or was an operator’s; make a new one');
    if (all.length >= MAX_OPERATORS)
      throw new EntangleError('conflict', `there are ${MAX_OPERATORS} operators, revoked ones included`);
    return [...all, made];
  });
  return viewOf(made, now);
};

/** An admin whose token does not run out: as long as there is one, nobody is locked out. */
const isLasting = (one: Operator): boolean =>
  one.role === 'admin' && one.revokedAt === undefined && one.expiresAt === undefined;

/** Of now: the next request with that token is a stranger's. Revoking twice changes nothing. */
export const revokeOperator = async (host: Host, name: string): Promise<OperatorView> => {
  const now = nowSeconds(host.home);
  let revoked: Operator | undefined;
  await change(host, (all) => {
    const one = all.find((operator) => operator.name === name);
    if (!one)
      throw new EntangleError('not_found', `no operator "${name}"`, {
        hint: 'See `entangle host operator list`.',
      });
    revoked = one;
    if (one.revokedAt !== undefined) return all;
    const gone: Operator = { ...one, revokedAt: now };
    const next = all.map((operator) => (operator === one ? gone : operator));
    if (one.role === 'admin' && isInForce(one, now) && !next.some(isLasting))
      throw new EntangleError('conflict', `"${name}" is the last admin whose token does not expire`, {
        hint: 'Add another first: `entangle host operator add NAME --role admin`.',
      });
    revoked = gone;
    return next;
  });
  return viewOf(revoked!, now);
};
