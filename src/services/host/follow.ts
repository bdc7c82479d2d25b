/** A stream of a Host as an operator reads it: over broken connections and restarts of the Host, each event once. */
import { isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { type HostStream, type InputOf, streamHost } from '../../core/host-api/client.ts';
import type { AuditEntry, TraceEntry } from '../../core/host-api/shapes.ts';
import { isTerminal } from '../../core/machines/machine.ts';
import { sessionMachine } from '../../core/machines/session.ts';
import { SESSION_STATES } from '../../core/vocabulary.ts';
import type { Clock } from '../../ports/index.ts';
import type { Tell } from '../messaging/tell.ts';

type Opened<V> = AsyncIterable<{ cursor: string; value: V } | null>;
export type FollowOptions = {
  signal: AbortSignal;
  /** Told once each time the Host is gone: it is waited for. */
  lost(error: EntangleError): void;
  /** Told at each sign of life, the first when it is there. */
  alive?(): void;
};

/** Between two tries to reach a Host that is gone. */
const TRIES_MS = [250, 500, 1_000, 2_000, 5_000];
/** What a runner told last may come after it said that a session is over. */
const LAST_MS = 1_500;

/** Opens it again behind the last event. What the first opening throws is thrown, and later what does not pass. */
export async function* followOn<V>(
  clock: Clock,
  open: (cursor: string | null) => Opened<V>,
  { signal, lost, alive }: FollowOptions,
): AsyncGenerator<V, void, void> {
  let cursor: string | null = null;
  let wasOpen = false;
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      for await (const event of open(cursor)) {
        wasOpen = true;
        tries = 0;
        alive?.();
        if (event === null) continue;
        cursor = event.cursor;
        yield event.value;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!wasOpen || !isPassing(error)) throw error;
      if (tries === 0) lost(error);
      await clock.sleep(TRIES_MS[Math.min(tries, TRIES_MS.length - 1)]!, signal);
    }
  }
}

const isPassing = (error: unknown): error is EntangleError =>
  error instanceof EntangleError && error.code === 'unavailable';

/** Tells each observation once; of one session until it is over. */
export const followTrace = async (
  clock: Clock,
  stream: HostStream,
  query: NonNullable<InputOf<'trace.follow'>['query']>,
  { signal, ...told }: FollowOptions,
  tell: Tell<TraceEntry>,
): Promise<void> => {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  let wanted = query;
  const open = (cursor: string | null) =>
    streamHost(stream, 'trace.follow', { query: wanted }, { cursor, signal: either });
  for await (const entry of followOn(clock, open, { ...told, signal: either })) {
    await tell(entry);
    if (query.session === undefined) continue;
    // As much of its id as was given may be another one's too, by the time that the stream is opened again
    wanted = { ...query, session: entry.session };
    if (isLast(entry)) void clock.sleep(LAST_MS, signal).then(() => over.abort('over'));
  }
};

/** Tells each request of an operator once. */
export const followAudit = async (
  clock: Clock,
  stream: HostStream,
  from: string | null,
  options: FollowOptions,
  tell: Tell<AuditEntry>,
): Promise<void> => {
  const open = (cursor: string | null) =>
    streamHost(stream, 'audit.follow', {}, { cursor: cursor ?? from, signal: options.signal });
  for await (const entry of followOn(clock, open, options)) await tell(entry);
};

const isLast = ({ what, state }: TraceEntry): boolean =>
  what === 'session' && isWord(SESSION_STATES, state) && isTerminal(sessionMachine, state);
