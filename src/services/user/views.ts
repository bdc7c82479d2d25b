/** What a person sees of their sessions and open questions. */

import { isoTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './user.ts';

/** Tables of what a person has open. */
export type WorkTable = 'sessions' | 'approvals';

type Session = RowOf<'sessions'>;
type Approval = RowOf<'approvals'>;

/** The graph has no edge to the node any more: its owner ends the session, and can tell this person nothing. */
export const isCutOff = (home: Home, row: Session): boolean => {
  const self = home.self.pubkey;
  if (row.open !== 1 || row.requester !== self || !home.tables.get('routes', self)) return false;
  const name = home.tables.get('keys', row.node)?.name;
  const peer = name ? home.tables.get('peers', self, name) : undefined;
  if (!peer) return true;
  return peer.pubkey !== null && edgeDenial(home, self, peer.pubkey, 'task.request', true, true) !== null;
};

export const sessionView = (home: Home, row: Session) => {
  const artifacts = home.tables.list('artifacts', { session: row.id }).map((one) => ({
    id: one.id,
    repository: one.repository,
    branch: one.branch,
    commit: one.commit_id,
    approval: one.approval,
    state: one.state,
  }));
  return {
    id: row.id,
    node: nameOf(home, row.node),
    requester: nameOf(home, row.requester),
    title: row.title,
    state: isCutOff(home, row) ? 'failed' : row.state,
    reason: isCutOff(home, row) ? 'edge_removed' : row.reason,
    attempt: row.attempt,
    since: isoTime(row.at * 1000),
    commit: row.detail?.commit ?? null,
    summary: row.detail?.summary ?? null,
    approvals: home.tables
      .list('approvals', { session: row.id })
      .map((one) => ({ id: one.id, state: isOrphaned(home, one) ? 'invalidated' : one.state })),
    artifacts,
  };
};

export const approvalRow = (home: Home, row: Approval) => ({
  id: row.id,
  session: row.session,
  node: nameOf(home, row.node),
  title: row.title,
  files: row.files,
  bytes: row.size,
  state: isOrphaned(home, row) ? 'invalidated' : row.state,
  expires: isoTime(row.expires * 1000),
  decision: home.tables.get('decisions', row.id, home.self.pubkey)?.decision ?? null,
});

/** The node key that asked is not a peer any more: nobody could act on a decision. */
export const isOrphaned = (home: Home, row: Approval): boolean =>
  row.open === 1 && home.tables.list('peers', { owner: home.self.pubkey, pubkey: row.node }).length === 0;

const isWaiting = (home: Home, row: Approval): boolean =>
  !isOrphaned(home, row) && !home.tables.get('decisions', row.id, home.self.pubkey);

/** Open, put to this person, and not decided by them yet. */
export const waitsForMe = (home: Home, row: Approval): boolean =>
  row.open === 1 &&
  isWaiting(home, row) &&
  home.tables.get('approval_requests', row.id, home.self.pubkey) !== undefined;

/** Open approvals that wait for this person, and open sessions. */
export const inbox = (home: Home, all: boolean) => {
  const newest = { order: 'at', descending: true, limit: 200 } as const;
  const where = all ? {} : ({ open: 1 } as const);
  const approvals = home.tables
    .list('approvals', where, newest)
    .filter((row) => all || isWaiting(home, row))
    .map((row) => ({ what: 'approval' as const, ...approvalRow(home, row) }));
  const sessions = home.tables
    .list('sessions', where, newest)
    .filter((row) => all || !isCutOff(home, row))
    .map((row) => ({
      what: 'session' as const,
      ...sessionView(home, row),
    }));
  return { items: [...approvals, ...sessions], next: null };
};
