/** What a person answers in advance: signed for a request that they were shown, listed with what it was used for, taken back at once. */
import { MAX_GRANT } from '../../core/bounds.ts';
import { uuidv7 } from '../../core/encoding/id.ts';
import { formatDuration, shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { scopeOf, ungranted } from '../../core/protocol/granting.ts';
import type { ApprovalSubject } from '../../core/protocol/messages/a2a.ts';
import type { GrantReach, GrantState } from '../../core/vocabulary.ts';
import { grantState, openGrants, usesOf } from '../messaging/grants.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { requestOf } from './approval-view.ts';
import { askedFor, requireOpen, type WantedDecision } from './approvals.ts';
import { isPeer, nameOf } from './peers.ts';
import type { User } from './user.ts';

export type GrantTerms = { reach: GrantReach; uses: number; ms: number };
/** Unless others are given. */
export const GRANT_TERMS: GrantTerms = { reach: 'session', uses: 5, ms: 3_600_000 };

type Grant = RowOf<'grants'>;

const requireGrantable = (subject: ApprovalSubject, id: string): void => {
  const why = ungranted(subject);
  if (why !== null)
    throw new EntangleError('usage', `no repeats can be granted: ${why}`, {
      hint: `approve this one alone: \`entangle user approve ${id}\``,
    });
};

/** What would be signed, in facts that our side computed. */
export const proposeGrant = async (user: User, approval: RowOf<'approvals'>, terms: GrantTerms) => {
  const { subject } = (await requestOf(user, approval)).body;
  requireGrantable(subject, approval.id);
  const { node, session } = approval;
  return {
    ...{ node: nameOf(user.home, node), session, ...terms },
    scope: `sha256:${scopeOf(user.home.suite, subject, node, terms.reach)}`,
  };
};
export type ProposedGrant = Awaited<ReturnType<typeof proposeGrant>>;

/** The same in words, on every surface. */
export const grantFacts = ({ node, session, reach, uses, ms, scope }: ProposedGrant): [string, string][] => [
  ['grant', 'this and its exact repeats: all that the agent gives of it is the same, byte for byte'],
  ['reach', reach === 'session' ? `session ${session} of ${node}` : `every session of ${node}`],
  ['uses', `${uses}, of which this is the first; for ${formatDuration(ms)}`],
  ['each', 'counts as your approval under the policy of then'],
  ['scope', scope],
];

/** Signs it; the node answers the request by it, and all equal ones that wait. */
export const grantRepeats = async (user: User, wanted: WantedDecision, terms: GrantTerms) => {
  const { home, exchange } = user;
  const { approval } = wanted;
  const { body, message: re } = await askedFor(user, wanted, 'approved', '');
  const { subject, subjectDigest } = body;
  requireGrantable(subject, approval.id);
  const { reach, uses } = terms;
  const { node } = approval;
  if (openGrants(home, node, home.self.pubkey).length >= MAX_GRANT.open)
    throw new EntangleError('conflict', `${MAX_GRANT.open} grants of yours are open at this node`, {
      hint: 'see which to end: `entangle user grants list`',
    });
  const grant = uuidv7(home.clock.now(), home.random.bytes(10));
  const scope = scopeOf(home.suite, subject, node, reach);
  const expiresAt = nowSeconds(home) + Math.ceil(terms.ms / 1000);
  const draft: Draft<'grant'> = {
    type: 'grant',
    from: home.self.pubkey,
    to: node,
    body: { grant, approval: approval.id, subject, subjectDigest, reach, scope, uses, expiresAt },
    ...{ re, dedup: `grant:${grant}` },
  };
  await exchange.send(() => {
    requireOpen(home, home.tables.get('approvals', approval.id) ?? approval, 'approved');
    return [draft];
  });
  return {
    ...{ grant, approval: approval.id, node: nameOf(home, node), session: approval.session, reach, uses },
    ...{ expires: shownTime(expiresAt), scope: `sha256:${scope}` },
  };
};
export type SignedGrant = Awaited<ReturnType<typeof grantRepeats>>;

const stateOf = (home: Home, row: Grant): GrantState => {
  const state = grantState(home, row);
  // Its node has another key now, and that one knows nothing of it
  return state === 'open' && !isPeer(home, row.node) ? 'void' : state;
};

const grantRow = (home: Home, row: Grant) => ({
  id: row.id,
  state: stateOf(home, row),
  node: nameOf(home, row.node),
  session: row.session,
  reach: row.reach,
  operation: row.operation,
  title: row.title,
  used: usesOf(home, row),
  uses: row.uses,
  expires: shownTime(row.expires),
  approval: row.approval,
  scope: `sha256:${row.scope}`,
  /** What it answered, as its node says. */
  answered: home.tables
    .list('grant_uses', { grant: row.id, by: row.node })
    .sort((a, b) => a.use - b.use)
    .map(({ approval }) => approval),
  /** False while its node has not taken it. */
  acknowledged: home.tables.get('outbox', row.message) === undefined,
});
export type GrantView = ReturnType<typeof grantRow>;

const MOST = 200;
/** Of this person, the newest first. */
const ownGrants = ({ tables, self }: Home): Grant[] =>
  tables
    .list('grants', {}, { order: 'line', descending: true, limit: MOST })
    .filter(({ approver }) => approver === self.pubkey);

export const listGrants = ({ home }: User, all: boolean): { items: GrantView[] } => ({
  items: ownGrants(home)
    .map((row) => grantRow(home, row))
    .filter(({ state }) => all || state === 'open'),
});

const LEAST = 4;
const pickGrant = (home: Home, id: string): Grant => {
  const own = ownGrants(home);
  const near = own.filter((one) => id.length >= LEAST && (one.id.startsWith(id) || one.id.endsWith(id)));
  const [found, ...others] = own.filter((one) => one.id === id).concat(near.filter((one) => one.id !== id));
  if (found && (others.length === 0 || found.id === id)) return found;
  const what = found ? `"${id}" matches more than one grant` : `no grant "${id}"`;
  throw new EntangleError('not_found', what, { hint: 'see `entangle user grants list --all`' });
};

/** Again is no error: what was revoked stays so. */
export const revokeGrant = async ({ home, exchange }: User, id: string): Promise<GrantView> => {
  const row = pickGrant(home, id);
  const state = stateOf(home, row);
  if (state !== 'open' && state !== 'revoked')
    throw new EntangleError('conflict', `this grant is over (${state}): there is nothing to revoke`, {
      hint: 'see `entangle user grants list --all`',
    });
  const draft: Draft<'grant.revoke'> = {
    type: 'grant.revoke',
    from: home.self.pubkey,
    to: row.node,
    body: { grant: row.id },
    ...{ re: row.message, dedup: `revoke:${row.id}` },
  };
  await exchange.send([draft]);
  return grantRow(home, row);
};
