/** Who may call the Host API: facts in the ledger. A name, a token and a key are used once, by revoked operators too. */

import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { OperatorMethod, OperatorRole } from '../../core/vocabulary.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { isInForce, type Operator } from './tokens.ts';

/** Bound of the list, revoked ones included. */
export const MAX_OPERATORS = 1_000;
const BOOTSTRAP = 'bootstrap';
const ENVIRONMENT = 'environment';

type Binding = RowOf<'operator_bindings'>;
/** `binding` where an issuer tells of them, `pubkey` where a key of theirs signs; neither where they have a token. */
export type KnownOperator = Operator & { binding: Binding | null; pubkey: string | null };

const revokedAt = ({ tables }: Home, name: string): number | null =>
  tables.get('operator_revocations', name)?.at ?? null;
const withToken = (home: Home, row: RowOf<'operators'>): KnownOperator => ({
  ...{ name: row.name, role: row.role, sha256: row.sha256, expires: row.expires },
  ...{ revoked: revokedAt(home, row.name), binding: null, pubkey: null },
});
const withKey = (home: Home, { name, role, pubkey, expires }: RowOf<'operator_keys'>): KnownOperator => ({
  ...{ name, role, sha256: null, expires, revoked: revokedAt(home, name), binding: null, pubkey },
});
const withIssuer = (home: Home, row: Binding): KnownOperator => ({
  ...{ name: row.name, role: row.role, sha256: null, expires: null },
  ...{ revoked: revokedAt(home, row.name), binding: row, pubkey: null },
});

/** All there are and were, in the order in which they were added. */
export const operatorsOf = (home: Home): KnownOperator[] => {
  const { tables } = home;
  const all = [
    ...tables.list('operators').map((row) => [row.line, withToken(home, row)] as const),
    ...tables.list('operator_bindings').map((row) => [row.line, withIssuer(home, row)] as const),
    ...tables.list('operator_keys').map((row) => [row.line, withKey(home, row)] as const),
  ];
  return all.sort(([one], [other]) => one - other).map(([, operator]) => operator);
};

/** That operator, as long as they may call. */
export const operatorInForce = (home: Home, name: string): KnownOperator | null => {
  const [token, bound, key] = [
    home.tables.get('operators', name),
    home.tables.get('operator_bindings', name),
    home.tables.get('operator_keys', name),
  ];
  const one = token ? withToken(home, token) : bound ? withIssuer(home, bound) : key && withKey(home, key);
  return one && isInForce(one, nowSeconds(home)) ? one : null;
};

export const methodOf = ({ binding, pubkey }: KnownOperator): OperatorMethod =>
  binding !== null ? 'oidc' : pubkey !== null ? 'nip98' : 'bearer';
const timeText = (seconds: number | null): string | null => (seconds === null ? null : shownTime(seconds));
const viewOf = (one: KnownOperator, now: number): OperatorView => ({
  name: one.name,
  role: one.role,
  state: one.revoked !== null ? 'revoked' : isInForce(one, now) ? 'active' : 'expired',
  expires: timeText(one.expires),
  revoked: timeText(one.revoked),
  method: methodOf(one),
  key: one.pubkey && npub(one.pubkey),
  identity: one.binding && {
    ...{ issuer: one.binding.issuer, audience: one.binding.audience, claims: one.binding.claims },
    pinned: one.binding.keys !== null,
  },
});

export const listOperators = ({ home }: Host) => ({
  items: operatorsOf(home).map((one) => viewOf(one, nowSeconds(home))),
  next: null,
});
export const showOperator = ({ home }: Host, name: string): OperatorView =>
  viewOf(operatorsOf(home).find((one) => one.name === name)!, nowSeconds(home));

type Added = { name: string; role: OperatorRole; sha256: string; expiresAt: number | null };
const addedEntry = (home: Home, added: Added, by: string | null) => ({
  dir: 'local' as const,
  event: recordOf(home, 'operator.added', { ...added, by }),
});

/**
 * Makes the token of the config an operator, once. Afterwards the ledger decides: the token that it knows may be revoked,
 * and another one under the same name would be somebody the audit cannot tell from the first.
 */
export const enrolBootstrap = async (home: Home, sha256: string | null): Promise<void> => {
  const known = operatorsOf(home).find((one) => one.name === BOOTSTRAP);
  if (sha256 === null || known?.sha256 === sha256) return;
  if (known)
    throw new EntangleError('conflict', 'the bootstrap token in config.yaml is not the one in the ledger', {
      hint: 'set `bootstrap: null` there; `entangle host operator add` makes tokens',
    });
  await home.ledger.append(() => [
    addedEntry(home, { name: BOOTSTRAP, role: 'admin', sha256, expiresAt: null }, null),
  ]);
};

/**
 * Makes the token of the environment an admin beside whoever is one already, once. A token that the ledger knows stays
 * what it is there, also revoked: a variable that somebody forgot brings nobody back.
 */
export const enrolEnvironment = async (home: Home, sha256: string | null): Promise<void> => {
  if (sha256 === null || operatorsOf(home).some((one) => one.sha256 === sha256)) return;
  if (operatorsOf(home).some(({ name }) => name === ENVIRONMENT))
    throw new EntangleError('conflict', 'ENTANGLE_HOST_OPERATOR_TOKEN is not the token that it was before', {
      hint: 'unset it; `entangle host operator add` makes a token under another name',
    });
  await home.ledger.append(() => [
    addedEntry(home, { name: ENVIRONMENT, role: 'admin', sha256, expiresAt: null }, null),
  ]);
};

/** `sha256` is of a token that only its maker has seen. Decided inside the append: two requests never both win. */
export const addOperator = async (host: Host, wanted: Added, by: string): Promise<OperatorView> => {
  const { home } = host;
  if (wanted.expiresAt !== null && wanted.expiresAt <= nowSeconds(home))
    throw new EntangleError('invalid', 'the token would already be expired');
  await home.ledger.append(() => {
    requireUnused(operatorsOf(home), wanted);
    return [addedEntry(home, wanted, by)];
  });
  return showOperator(host, wanted.name);
};

/** `sha256` null of who has no token. */
export const requireUnused = (all: readonly Operator[], wanted: Pick<Operator, 'name' | 'sha256'>): void => {
  if (all.some(({ name }) => name === wanted.name))
    throw new EntangleError('conflict', `the name "${wanted.name}" is taken`, {
      hint: 'choose another: names of revoked operators are not reused',
    });
  if (wanted.sha256 !== null && all.some(({ sha256 }) => sha256 === wanted.sha256))
    throw new EntangleError('conflict', 'this token belongs or belonged to an operator', {
      hint: 'make a new one with `entangle host operator add`',
    });
  if (all.length >= MAX_OPERATORS)
    throw new EntangleError('conflict', `there are ${MAX_OPERATORS} operators, revoked ones included`);
};

/** An admin whose own token or key does not run out: as long as there is one, nobody is locked out. */
const isLasting = (one: KnownOperator): boolean =>
  one.role === 'admin' && one.revoked === null && one.expires === null && one.binding === null;

/** Of now: the next request with that token is an unknown one's. Revoking twice changes nothing. */
export const revokeOperator = async (host: Host, name: string, by: string): Promise<OperatorView> => {
  const { home } = host;
  await home.ledger.append(() => {
    const all = operatorsOf(home);
    const one = all.find((operator) => operator.name === name);
    if (!one)
      throw new EntangleError('not_found', `no operator "${name}"`, {
        hint: 'see `entangle host operator list`',
      });
    if (one.revoked !== null) return [];
    if (isLasting(one) && !all.some((other) => other !== one && isLasting(other)))
      throw new EntangleError('conflict', `"${name}" is the last admin whose token or key does not expire`, {
        hint: 'add another first: `entangle host operator add NAME --role admin`',
      });
    return [{ dir: 'local', event: recordOf(home, 'operator.revoked', { name, by }) }];
  });
  // Who reads a stream reads no more of it
  host.news.tell();
  return showOperator(host, name);
};
