/** Who keeps a node: whoever was given it, until it knows that it has it no more. */
import { type RunningAssignment, runnerHellos } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Host } from './host.ts';
import { isTrusted } from './runners.ts';

/** Begins the dedup key of what ends an assignment, which goes on with its id. */
export const REVOKE = 'revoke:';

/** Only when the last renewal plus the lease has surely passed: until then the runner may still act. */
export const isLeaseOver = ({ presence }: Host, row: RowOf<'assignments'>): boolean =>
  presence.sinceLastPossibleRenewal(row.id) > row.lease + LEASE_MARGIN_MS;
const LEASE_MARGIN_MS = 5000;

/** Of whom an assignment was taken and has not acknowledged that, by the line up to which that was looked at. */
const looked = new WeakMap<Host, { n: number; rows: readonly RunningAssignment[] }>();

const unacknowledged = (host: Host): readonly RunningAssignment[] => {
  const { n } = host.home.ledger.head;
  const before = looked.get(host);
  // What is trusted, revoked or acknowledged is so by a line
  if (before?.n === n) return before.rows;
  const { tables, self } = host.home;
  const told = { sender: self.pubkey, type: 'assignment.revoke' } as const;
  const rows = runnerHellos(tables)
    .filter(({ pubkey }) => isTrusted(host, pubkey))
    .flatMap(({ pubkey }) => tables.list('outbox', { ...told, recipient: pubkey }))
    .flatMap(({ dedup }) => tables.get('assignments', dedup.slice(REVOKE.length)) ?? [])
    .filter(wasAccepted);
  looked.set(host, { n, rows });
  return rows;
};
const wasAccepted = (row: RowOf<'assignments'>): row is RunningAssignment => row.pubkey !== null;

/**
 * Taken off a runner which may not know it yet: it has not acknowledged that, and its lease may hold. One that is revoked is cut off from
 * all others at once, whatever it knows.
 */
export const takenOff = (host: Host): RunningAssignment[] =>
  unacknowledged(host).filter((row) => !isLeaseOver(host, row));

/** Nodes that some runner may still run though they were taken off it, each with those runners: nobody else is offered the node before. */
export const runStill = (host: Host): ReadonlyMap<string, readonly string[]> => {
  const runners = new Map<string, string[]>();
  for (const { node, runner } of takenOff(host)) runners.set(node, [...(runners.get(node) ?? []), runner]);
  return runners;
};

/** Whose word counts: what a runner said before it knew that it lost the node is heard, or the work would be done and called lost. */
export const keptAssignments = (host: Host): RunningAssignment[] => [
  ...host.assignments.running(),
  ...takenOff(host),
];
