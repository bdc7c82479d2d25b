/** Acknowledges streams in batches: what is durable here, and what is missing. */

import { gaps } from '../../core/projection/ranges.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from './home.ts';

const MAX_GAPS = 256;
export type Acks = { note(m: Message): void; take(): Draft<'ack'>[] };

export const createAcks = (home: Home): Acks => {
  const dirty = new Map<string, { me: string; peer: string; stream: string }>();
  return {
    note(m) {
      if (m.seq)
        dirty.set(`${m.from} ${m.to} ${m.seq.stream}`, { me: m.to, peer: m.from, stream: m.seq.stream });
    },
    take() {
      const streams = [...dirty.values()];
      dirty.clear();
      return streams.flatMap(({ me, peer, stream }) => {
        const body = ackOf(home, me, peer, stream);
        return body && home.identities.has(me)
          ? [{ type: 'ack' as const, from: me, to: peer, body, dedup: `ack:${stream}` }]
          : [];
      });
    },
  };
};

const ackOf = (home: Home, me: string, peer: string, stream: string): BodyOf<'ack'> | null => {
  const row = home.tables.get('streams', peer, me, stream);
  if (!row) return null;
  const { high, missing } = gaps(row.ranges);
  const told = missing.slice(0, MAX_GAPS);
  const top = missing.length > MAX_GAPS ? missing[MAX_GAPS]![0] - 1 : row.top;
  return { stream, high, top, missing: told };
};

/** True where the ack takes something off the outbox. */
export const releases = (home: Home, m: Message<BodyOf<'ack'>>): boolean =>
  home.tables.list('outbox', { stream: m.body.stream, recipient: m.from }).some((row) => {
    const { seq } = row;
    return seq <= m.body.top && !m.body.missing.some(([from, to]) => from <= seq && seq <= to);
  });
