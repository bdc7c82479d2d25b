/** Grants in every home: which are taken, which are good still, and what is evidence that one answered a request. */
import { MAX_GRANT } from '../../core/bounds.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import { repeatDigest, scopeOf, ungranted } from '../../core/protocol/granting.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { GrantState } from '../../core/vocabulary.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';
import { isWhole } from './observed-evidence.ts';
import { reject, when } from './verdict.ts';

type Grant = RowOf<'grants'>;
/** By as much may the clock of who grants be ahead. */
const CLOCK_SECONDS = 600;

/** How often its node said that it answered a request. */
export const usesOf = ({ tables }: Home, { id, node }: Grant): number =>
  tables.count('grant_uses', { grant: id, by: node });

export const grantState = (home: Home, grant: Grant): Exclude<GrantState, 'void'> => {
  if (home.tables.get('grant_revocations', grant.id, grant.approver)) return 'revoked';
  if (usesOf(home, grant) >= grant.uses) return 'used';
  return grant.expires <= nowSeconds(home) ? 'expired' : 'open';
};
export const isOpenGrant = (home: Home, grant: Grant): boolean => grantState(home, grant) === 'open';

export const openGrants = (home: Home, node: string, approver: string): Grant[] =>
  home.tables.list('grants', { node, approver }).filter((one) => isOpenGrant(home, one));

/** Of what was put to this person, and of nothing that they were not shown; whether somebody decided that meanwhile or not. */
export const ofGrant = (home: Home, m: Message<BodyOf<'grant'>>): Verdict | null => {
  const { grant, approval, subject, subjectDigest, reach, scope, expiresAt } = m.body;
  const row = home.tables.get('approvals', approval);
  if (row?.node !== m.to) return reject('not_asked');
  const asked = home.tables.get('approval_requests', approval, m.from);
  if (!asked) return reject('not_approver');
  const isAbout = isWhole(home, m.body) && row.subject === subjectDigest && asked.message === m.re;
  const isScope = scopeOf(home.suite, subject, m.to, reach) === scope && ungranted(subject) === null;
  const before = home.tables.get('grants', grant);
  const isOther = before !== undefined && before.message !== m.id;
  if (!isAbout || !isScope || isOther) return reject('wrong_subject');
  if (expiresAt > nowSeconds(home) + MAX_GRANT.ms / 1000 + CLOCK_SECONDS) return reject('expires_too_late');
  return when(!before && openGrants(home, m.to, m.from).length >= MAX_GRANT.open, reject('too_many_open'));
};

export const ofRevocation = (home: Home, m: Message<BodyOf<'grant.revoke'>>): Verdict | null => {
  const row = home.tables.get('grants', m.body.grant);
  const isTheirs = row?.approver === m.from && row.node === m.to && row.message === m.re;
  return when(!isTheirs, reject('wrong_subject'));
};

/** No node says of a grant of this person that it answered more than they signed, or two requests by one use. */
export const areSigned = ({ tables }: Home, { from, body }: Message<BodyOf<'approval.closed'>>): boolean =>
  (body.grants ?? []).every(({ grant, use }) => {
    const mine = tables.get('grants', grant);
    const isTaken = tables
      .list('grant_uses', { grant, by: from })
      .some((one) => one.use === use && one.approval !== body.approval);
    return mine === undefined || (mine.node === from && use <= mine.uses && !isTaken);
  });

/** The subject that is told of is a repeat of the one that the grant was signed for, within its reach, its node and its uses. */
export const isGrantOf = (
  home: Home,
  { from, body: told }: Message<BodyOf<'approval.observed'>>,
  { content, tags }: SignedEvent,
): boolean => {
  const grant: BodyOf<'grant'> = JSON.parse(content);
  const { granted, approval, session } = told;
  const used = granted?.grants.find((one) => one.grant === grant.grant);
  const node = tags.find(([tag]) => tag === 'p')?.[1] ?? '';
  return (
    granted !== undefined &&
    used !== undefined &&
    used.use <= grant.uses &&
    grant.subject.operation === told.operation &&
    ungranted(grant.subject) === null &&
    (grant.reach === 'node' || grant.subject.session === session) &&
    repeatDigest(home.suite, grant.subject, { ...granted, approval, session }) === told.subjectDigest &&
    home.tables.list('assignments', { pubkey: node }).some(({ runner }) => runner === from)
  );
};
