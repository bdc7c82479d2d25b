/** Acknowledges streams in batches: what is durable here, and what is missing. */

import { gaps } from '../../core/projection/ranges.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from './home.ts';

const MAX_GAPS = 256;
export type Acks = {
  note(m: Message): void;
  /** Kept moments ago, by another process of this home it may be: who did acknowledges it, and may be killed before. */
  noteRepeated(m: Message): void;
  /** What is due; of a process that leaves all. */
  take(isLast?: boolean): Draft<'ack'>[];
};

/** As long as whoever kept it has to acknowledge it. */
const REPEATED_MS = 1000;
type Wanted = { me: string; peer: string; stream: string; due: number };

export const createAcks = (home: Home): Acks => {
  const wanted = new Map<string, Wanted>();
  /** What was last said here of each stream. */
  const said = new Map<string, BodyOf<'ack'>>();
  const keyOf = ({ from, to }: Pick<Message, 'from' | 'to'>, stream: string) => `${from} ${to} ${stream}`;
  const want = (m: Message, due: number): void => {
    if (!m.seq) return;
    const { stream } = m.seq;
    const key = keyOf(m, stream);
    const before = wanted.get(key)?.due ?? Number.POSITIVE_INFINITY;
    wanted.set(key, { me: m.to, peer: m.from, stream, due: Math.min(before, due) });
  };
  const isSaid = (m: Message): boolean => {
    const body = m.seq && said.get(keyOf(m, m.seq.stream));
    return body ? covers(body, m.seq!.n) : false;
  };
  return {
    note: (m) => want(m, 0),
    noteRepeated(m) {
      if (!isSaid(m)) want(m, home.clock.monotonic() + REPEATED_MS);
    },
    take(isLast = false) {
      const now = home.clock.monotonic();
      return [...wanted].flatMap(([key, { me, peer, stream, due }]) => {
        if (due > now && !isLast) return [];
        wanted.delete(key);
        const body = ackOf(home, me, peer, stream);
        if (!body || !home.identities.has(me)) return [];
        said.set(key, body);
        return [{ type: 'ack' as const, from: me, to: peer, body, dedup: `ack:${stream}` }];
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

const covers = ({ top, missing }: BodyOf<'ack'>, seq: number): boolean =>
  seq <= top && !missing.some(([from, to]) => from <= seq && seq <= to);

/** True where the ack takes something off the outbox. */
export const releases = (home: Home, m: Message<BodyOf<'ack'>>): boolean =>
  home.tables
    .list('outbox', { stream: m.body.stream, recipient: m.from })
    .some(({ seq }) => covers(m.body, seq));
