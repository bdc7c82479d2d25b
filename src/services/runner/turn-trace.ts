/** Tells people what the engine of a running turn prints, as it comes: the newest of it, so much a second, and nothing waits for it. */

import { MAX_TRACE_BYTES } from '../../core/bounds.ts';
import { concat, toHex, wholeCharacters } from '../../core/encoding/bytes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { edgeDenial, pinnedRole } from '../messaging/authorization-context.ts';
import { withoutPaths } from './kept-work.ts';
import type { Runner } from './runner.ts';

/** What is printed together is told together. */
const SOON_MS = 100;
const EVERY_MS = 1_000;
/** Of what is printed in one such time the last bytes are told, in so many messages at most. */
const PARTS = 4;
const KEPT_BYTES = PARTS * MAX_TRACE_BYTES;
const NOTHING = new Uint8Array(0);

export type TurnTrace = {
  add(bytes: Uint8Array): void;
  /** Tells the rest, and that there is no more. */
  close(): Promise<void>;
};
type Session = RowOf<'sessions'>;
type Part = Pick<BodyOf<'turn.trace'>, 'bytes' | 'text'>;

export const startTrace = (runner: Runner, session: Session, turn: number): TurnTrace => {
  const { clock } = runner.home;
  const over = new AbortController();
  const run = toHex(runner.home.random.bytes(8));
  let kept: Uint8Array = NOTHING;
  /** Bytes of the output before those that are kept. */
  let at = 0;
  let telling: Promise<void> | null = null;
  const send = (to: readonly string[], part: Part): void => {
    const body = { session: session.id, attempt: session.attempt, turn, run, at, ...part };
    at += part.bytes;
    for (const person of to) sendPart(runner, session, person, body);
  };
  const tellKept = (): void => {
    const to = watchersOf(runner, session);
    for (let n = 0; n < PARTS; n++) {
      const part = partOf(kept, over.signal.aborted);
      if (part.bytes === 0) return;
      kept = kept.subarray(part.bytes);
      send(to, { ...part, text: withoutPaths(runner, part.text) });
    }
    // What takes so much more room on the wire is left out, and shows as that
    at += kept.length;
    kept = NOTHING;
  };
  const tell = async (): Promise<void> => {
    await clock.sleep(SOON_MS, over.signal);
    while (kept.length > 0) {
      tellKept();
      await clock.sleep(EVERY_MS, over.signal);
    }
  };
  return {
    add(bytes) {
      const all = concat(kept, bytes);
      kept = all.slice(-KEPT_BYTES);
      at += all.length - kept.length;
      telling ??= tell()
        .catch(failed(runner.home))
        .finally(() => {
          telling = null;
        });
    },
    async close() {
      over.abort('over');
      await telling;
      // Printed when it had just done
      if (kept.length > 0) tellKept();
      if (at > 0) send(watchersOf(runner, session), { bytes: 0, text: '' });
    },
  };
};

/** As many whole characters from the beginning as one message carries; at the end of a turn the rest is whole. */
const partOf = (bytes: Uint8Array, isLast: boolean): Part => {
  for (let most = MAX_TRACE_BYTES; ; most = Math.floor(most / 2)) {
    const all = bytes.subarray(0, most);
    const part = isLast && all.length === bytes.length ? all : wholeCharacters(all);
    // One for each call: it would remember what another had half of
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(part);
    if (wireBytes(text) < MAX_BODY_BYTES / 2) return { bytes: part.length, text };
  }
};

/** Who launched the session, and who was asked about something of it: people, over an edge that carries it. */
const watchersOf = ({ home }: Runner, { id, node, requester }: Session): string[] => {
  if (!home.leases.isLive(node)) return [];
  const asked = home.tables
    .list('approvals', { session: id, node })
    .flatMap(({ id: approval }) => home.tables.list('approval_requests', { approval }));
  const people = new Set([requester, ...asked.map(({ approver }) => approver)]);
  return [...people].filter(
    (one) => pinnedRole(home, one, node) === 'user' && !edgeDenial(home, node, one, 'turn.trace', true),
  );
};

const sendPart = (
  { exchange, home }: Runner,
  { node }: Session,
  person: string,
  body: BodyOf<'turn.trace'>,
): void => {
  const draft: Draft<'turn.trace'> = {
    type: 'turn.trace',
    from: node,
    to: person,
    body,
    dedup: `trace:${body.run}:${body.at}`,
  };
  // No relay that is slow, or away, holds up a turn
  void (async () => exchange.sendEphemeral(draft))().catch(failed(home));
};

const failed =
  ({ log }: Runner['home']) =>
  (error: unknown): void =>
    log('warning', `cannot tell of a turn: ${error instanceof Error ? error.message : error}`);
