/** What a person sees of their sessions and open questions. */

import type { Row } from '../../core/projection/tables.ts';
import { isoTime } from '../../core/time.ts';
import type { Home } from '../home.ts';
import { edgeDenial } from '../standing.ts';
import { nameOf } from './user.ts';

/** The graph has no edge to the node any more: its owner ends the session, and can tell this person nothing. */
export const isCutOff = (home: Home, row: Row): boolean => {
  const self = home.self.pubkey;
  if (row.open !== 1 || row.requester !== self || !home.tables.get('routes', self)) return false;
  const name = home.tables.get('keys', row.node!)?.name;
  const peer = name ? home.tables.get('peers', self, name) : undefined;
  if (!peer) return true;
  return (
    peer.pubkey !== null && edgeDenial(home, self, String(peer.pubkey), 'task.request', true, true) !== null
  );
};

export const sessionView = (home: Home, row: Row) => {
  const detail = row.detail === null ? null : JSON.parse(String(row.detail));
  const artifacts = home.tables.list('artifacts', { session: row.id! }).map((one) => ({
    id: one.id,
    repository: one.repository,
    branch: one.branch,
    commit: one.commit_id,
    approval: one.approval,
    state: one.state,
  }));
  return {
    id: String(row.id),
    node: nameOf(home, String(row.node)),
    requester: nameOf(home, String(row.requester)),
    title: String(row.title),
    state: isCutOff(home, row) ? 'failed' : String(row.state),
    reason: isCutOff(home, row) ? 'edge_removed' : (row.reason as string | null),
    attempt: Number(row.attempt),
    since: isoTime(Number(row.at) * 1000),
    commit: (detail?.commit as string | undefined) ?? null,
    summary: (detail?.summary as string | undefined) ?? null,
    approvals: home.tables
      .list('approvals', { session: row.id! })
      .map((one) => ({ id: one.id, state: isOrphaned(home, one) ? 'invalidated' : one.state })),
    artifacts,
  };
};

export const approvalRow = (home: Home, row: Row) => ({
  id: String(row.id),
  session: String(row.session),
  node: nameOf(home, String(row.node)),
  title: String(row.title),
  files: Number(row.files),
  bytes: Number(row.size),
  state: isOrphaned(home, row) ? 'invalidated' : String(row.state),
  expires: isoTime(Number(row.expires) * 1000),
  decision: (home.tables.get('decisions', row.id!, home.self.pubkey)?.decision as string | undefined) ?? null,
});

/** The node key that asked is not a peer any more: nobody could act on a decision. */
export const isOrphaned = (home: Home, row: Row): boolean =>
  row.open === 1 && home.tables.list('peers', { owner: home.self.pubkey, pubkey: row.node! }).length === 0;

const isWaiting = (home: Home, row: Row): boolean =>
  !isOrphaned(home, row) && !home.tables.get('decisions', row.id!, home.self.pubkey);

/** Open, put to this person, and not decided by them yet. */
export const waitsForMe = (home: Home, row: Row): boolean =>
  row.open === 1 && isWaiting(home, row) && home.tables.get('asked', row.id!, home.self.pubkey) !== undefined;

/** Open approvals that wait for this person, and open sessions. */
export const inbox = (home: Home, all: boolean) => {
  const newest = { order: 'at', descending: true, limit: 200 };
  const rowsOf = (table: 'approvals' | 'sessions') => home.tables.list(table, all ? {} : { open: 1 }, newest);
  const approvals = rowsOf('approvals')
    .filter((row) => all || isWaiting(home, row))
    .map((row) => ({ what: 'approval' as const, ...approvalRow(home, row) }));
  const sessions = rowsOf('sessions')
    .filter((row) => all || !isCutOff(home, row))
    .map((row) => ({
      what: 'session' as const,
      ...sessionView(home, row),
    }));
  return { items: [...approvals, ...sessions], next: null };
};
