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

/** `at`: when its runner was told that it lost it, in Unix milliseconds. */
type Taken = { row: RunningAssignment; at: number };
/** Taken off a runner that has not acknowledged it, by the line up to which that was looked at. */
const looked = new WeakMap<Host, { n: number; taken: readonly Taken[] }>();

const unacknowledged = (host: Host): readonly Taken[] => {
  const { n } = host.home.ledger.head;
  const before = looked.get(host);
  // What is trusted, revoked or acknowledged is so by a line
  if (before?.n === n) return before.taken;
  const { tables, self } = host.home;
  const told = { sender: self.pubkey, type: 'assignment.revoke' } as const;
  const taken = runnerHellos(tables)
    .filter(({ pubkey }) => isTrusted(host, pubkey))
    .flatMap(({ pubkey }) => tables.list('outbox', { ...told, recipient: pubkey }))
    .flatMap(({ id, dedup, line }) => {
      const row = tables.get('assignments', dedup.slice(REVOKE.length));
      const mayHold = row && wasAccepted(row) && row.inputs.expire === undefined;
      if (!mayHold || acceptLine(host, row) > line) return [];
      return { row, at: tables.get('messages', id, 'out')?.kept ?? 0 };
    });
  looked.set(host, { n, taken });
  return taken;
};
const wasAccepted = (row: RowOf<'assignments'>): row is RunningAssignment => row.pubkey !== null;
/** What is accepted when it was taken off already has no lease, and never had one. */
const acceptLine = ({ home }: Host, { accept }: RunningAssignment): number =>
  home.tables.get('messages', accept ?? '', 'in')?.line ?? 0;

/**
 * Taken off a runner which may not know it yet: it has not acknowledged that, and its lease may hold. One that is revoked is cut off from
 * all others at once, whatever it knows; and a lease whose end is on record does not begin anew with a start of this Host.
 */
const takenOff = (host: Host): Taken[] => unacknowledged(host).filter(({ row }) => !isLeaseOver(host, row));

/** Nodes that some runner may still run though they were taken off it, each with those runners: nobody else is offered the node before. */
export const runStill = (host: Host): ReadonlyMap<string, readonly string[]> => {
  const runners = new Map<string, string[]>();
  for (const { row } of takenOff(host)) runners.set(row.node, [...(runners.get(row.node) ?? []), row.runner]);
  return runners;
};

/**
 * Of those whose word counts. A Host that has just started knows of no renewal: to offer the node it waits for a whole lease, but
 * nobody is heard for longer than one since they were told, by any clock.
 */
export const heardStill = (host: Host): RunningAssignment[] =>
  takenOff(host).flatMap(({ row, at }) =>
    host.home.clock.now() - at > row.lease + LEASE_MARGIN_MS ? [] : [row],
  );

/** Whose word counts: what a runner said before it knew that it lost the node is heard, or the work would be done and called lost. */
export const keptAssignments = (host: Host): RunningAssignment[] => [
  ...host.assignments.running(),
  ...heardStill(host),
];
