/** Operators of whom an issuer tells: a workload is one of them for as long as its binding stands. */
import { EntangleError } from '../../core/errors.ts';
import { type Claims, fitsClaims, type IssuerKeys } from '../../core/host-api/identity.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { OperatorRole } from '../../core/vocabulary.ts';
import type { TrustedIssuer, VerifiedIdentity } from '../../ports/index.ts';
import type { Home } from '../messaging/home.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { operatorsOf, requireUnused, revokeOperator, showOperator } from './operators.ts';

type Bound = {
  name: string;
  role: OperatorRole;
  issuer: string;
  audience: string;
  claims: Claims;
  keys: IssuerKeys | null;
};

/** Under a name that no operator has or had. */
export const bindOperator = async (host: Host, wanted: Bound, by: string): Promise<OperatorView> => {
  const { home } = host;
  await home.ledger.append(() => {
    requireUnused(operatorsOf(home), { name: wanted.name, sha256: null });
    return [{ dir: 'local', event: recordOf(home, 'operator.bound', { ...wanted, by }) }];
  });
  return showOperator(host, wanted.name);
};

/** What was given for it ends too. */
export const unbindOperator = (host: Host, name: string, by: string): Promise<OperatorView> => {
  if (!host.home.tables.get('operator_bindings', name))
    throw new EntangleError('not_found', `no operator "${name}" that an issuer tells of`, {
      hint: 'see `entangle host operator list`',
    });
  return revokeOperator(host, name, by);
};

type Binding = RowOf<'operator_bindings'>;
/** Those that stand, in the order in which they were made. */
export const openBindings = (home: Home): Binding[] =>
  operatorsOf(home).flatMap(({ binding, revoked }) => (binding && revoked === null ? [binding] : []));

/** Bindings of one issuer by the same keys are looked at together. */
const sourceOf = ({ issuer, keys }: Pick<TrustedIssuer, 'issuer' | 'keys'>): string =>
  JSON.stringify([issuer, keys]);
export const trustedIssuers = (bindings: readonly Binding[]): TrustedIssuer[] => {
  const byIssuer = new Map<string, Binding[]>();
  for (const one of bindings) byIssuer.set(sourceOf(one), [...(byIssuer.get(sourceOf(one)) ?? []), one]);
  return [...byIssuer.values()].map((same) => ({
    ...{ issuer: same[0]!.issuer, keys: same[0]!.keys },
    audiences: same.map(({ audience }) => audience),
  }));
};

/** Of those that fit the one that asks for most, and of as many the one that was made first. */
export const bindingFor = (bindings: readonly Binding[], identity: VerifiedIdentity): Binding | null => {
  const sources = identity.by.map(sourceOf);
  const fitting = bindings.filter(
    (one) =>
      sources.includes(sourceOf(one)) &&
      identity.audiences.includes(one.audience) &&
      fitsClaims(identity.claims, one.claims),
  );
  const size = ({ claims }: Binding): number => Object.keys(claims).length;
  return fitting.reduce<Binding | null>((best, one) => (best && size(best) >= size(one) ? best : one), null);
};
