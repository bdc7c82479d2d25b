/** Streams of the Host API: who reads one gets what is behind a cursor, then what comes, as long as they may. */

import { MAX_STREAMS } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import type { ApiEvent, ApiStream } from '../../ports/index.ts';
import { ANOTHER_TOKEN } from './api-record.ts';
import { type ApiPrincipal, isStillLetIn } from './authenticators.ts';
import type { Host } from './host.ts';

/** Some of what is behind the cursor, in order; nothing where nothing is. */
export type Look = (cursor: string) => Promise<ApiEvent[]>;

/** Nothing was sent for so long: the stream says that it lives. */
const ALIVE_MS = 15_000;
/** However much comes, nobody looks more often. */
const LEAST_MS = 100;

type Wanted = { principal: Pick<ApiPrincipal, 'name' | 'until'>; cursor: string; look: Look };

/** As many as may be open of one Host. */
export const createStreams = (host: Host): ((wanted: Wanted) => ApiStream) => {
  const open: string[] = [];
  return ({ principal, cursor, look }) => ({
    async *events(signal) {
      const operator = principal.name;
      requireRoom(open, operator);
      open.push(operator);
      try {
        yield null;
        yield* follow(host, { principal, cursor, look }, signal);
      } finally {
        open.splice(open.indexOf(operator), 1);
      }
    },
  });
};

const requireRoom = (open: readonly string[], operator: string): void => {
  const own = open.filter((one) => one === operator).length;
  const words =
    own >= MAX_STREAMS.ofOperator
      ? `${own} streams of "${operator}" are open already`
      : open.length >= MAX_STREAMS.all
        ? `${open.length} streams are open already`
        : null;
  if (words === null) return;
  throw new EntangleError('unavailable', words, { hint: 'stop a command that follows, then try again' });
};

/** What is given is asked for one by one, so nothing is kept for a reader who is slow. */
async function* follow(
  host: Host,
  { principal, cursor, look }: Wanted,
  signal: AbortSignal,
): AsyncGenerator<ApiEvent | null> {
  const { clock } = host.home;
  let at = cursor;
  while (!signal.aborted) {
    const seen = host.news.count;
    const found = await look(at);
    for (const event of found) {
      requireOperator(host, principal);
      at = event.cursor;
      yield event;
    }
    if (found.length > 0) continue;
    const isNews = await host.news.after(seen, ALIVE_MS, signal);
    requireOperator(host, principal);
    if (isNews) await clock.sleep(LEAST_MS, signal);
    else if (!signal.aborted) yield null;
  }
  throw new EntangleError('unavailable', 'the Host stops', { hint: 'try again when it is back' });
}

/** Before each event: who was let in may have been revoked, or have expired, since. */
const requireOperator = ({ home }: Host, principal: Wanted['principal']): void => {
  if (isStillLetIn(home, principal)) return;
  throw new EntangleError('not_authorized', 'no valid operator token any more', {
    hint: ANOTHER_TOKEN,
  });
};
