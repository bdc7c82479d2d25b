/** A Host as an operator watches it: its lists, read again when it says that they changed, and its trace as it comes. */
import type { EntangleError } from '../../core/errors.ts';
import { type Unplaced, unplacedNodes } from '../../core/graph/change/placement.ts';
import { callHost, type HostClient, type HostStream, streamHost } from '../../core/host-api/client.ts';
import type { AuditEntry, TraceEntry } from '../../core/host-api/shapes.ts';
import type { OutputOf } from '../../core/host-api/table.ts';
import type { Clock } from '../../ports/index.ts';
import { headAtHost, runState } from '../graph/remote.ts';
import { type FollowOptions, followAudit, followOn, followTrace } from './follow.ts';
import { newest } from './newest.ts';

type ItemOf<K extends 'runners.list' | 'assignments.list' | 'sessions.list' | 'rejects.list'> =
  OutputOf<K>['items'][number];
export type RunnerItem = ItemOf<'runners.list'>;
export type AssignmentItem = ItemOf<'assignments.list'>;
export type HeldSession = ItemOf<'sessions.list'>;
export type RejectItem = ItemOf<'rejects.list'>;

/** The lists of a Host, all read at one time by the reader's clock. */
export type Overview = {
  at: number;
  status: OutputOf<'status.show'>;
  runners: RunnerItem[];
  assignments: AssignmentItem[];
  /** The agents of the graph that no runner has. */
  nowhere: Unplaced[];
  sessions: HeldSession[];
  rejects: RejectItem[];
};

export type HostNews =
  | { what: 'read'; overview: Overview }
  | { what: 'traced'; entry: TraceEntry }
  | { what: 'audited'; entry: AuditEntry }
  /** The Host gave a sign of life on this stream, or it is gone: until it is back, what is known of it is old. */
  | { what: 'alive'; of: HostStreamName }
  | { what: 'lost'; of: HostStreamName; why: string };
/** The lists, the trace and the record of operators come by one each. */
export type HostStreamName = 'changes' | 'trace' | 'audit';

export type HostAt = { clock: Clock; client: HostClient; stream: HostStream };

export const readOverview = async ({
  clock,
  client,
}: Pick<HostAt, 'clock' | 'client'>): Promise<Overview> => {
  const at = clock.now();
  const [status, runners, assignments, sessions, rejects, head, state] = await Promise.all([
    callHost(client, 'status.show'),
    callHost(client, 'runners.list'),
    callHost(client, 'assignments.list'),
    callHost(client, 'sessions.list'),
    callHost(client, 'rejects.list'),
    headAtHost(client),
    runState(client),
  ]);
  return {
    at,
    status,
    runners: runners.items,
    assignments: assignments.items,
    nowhere: head.graph ? unplacedNodes(head.graph, state) : [],
    sessions: sessions.items,
    rejects: rejects.items,
  };
};

/** Until the signal aborts. What the first opening throws is thrown, and later what does not pass. */
export const watchHost = async (
  at: HostAt,
  signal: AbortSignal,
  tell: (news: HostNews) => void,
): Promise<void> => {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const told = (of: HostStreamName) => ({
    signal: either,
    alive: () => tell({ what: 'alive', of }),
    lost: ({ message }: EntangleError) => tell({ what: 'lost', of, why: message }),
  });
  const trace = (entry: TraceEntry) => tell({ what: 'traced', entry });
  const audit = (entry: AuditEntry) => tell({ what: 'audited', entry });
  const all = [
    readOnChange(at, told('changes'), tell),
    followTrace(at.clock, at.stream, {}, told('trace'), trace),
    followAudit(at.clock, at.stream, null, told('audit'), audit),
  ];
  try {
    await Promise.all(all);
  } finally {
    over.abort('over');
    await Promise.allSettled(all);
  }
};

/** What cannot be read after a change is a Host that is gone, like a stream that breaks. */
const readOnChange = async (
  at: HostAt,
  options: FollowOptions,
  tell: (news: HostNews) => void,
): Promise<void> => {
  const { signal } = options;
  const open = async function* () {
    const over = new AbortController();
    // Without a cursor each time: who lost a Host reads it anew, also where nothing changed meanwhile
    const how = { cursor: null, signal: AbortSignal.any([signal, over.signal]) };
    try {
      for await (const change of newest(streamHost(at.stream, 'changes.follow', {}, how)))
        yield change && { cursor: change.cursor, value: await readOverview(at) };
    } finally {
      over.abort('over');
    }
  };
  for await (const overview of followOn(at.clock, open, options)) tell({ what: 'read', overview });
};
