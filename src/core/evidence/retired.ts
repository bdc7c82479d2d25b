/** Keys of a Host’s log that it replaced: what they signed before stays good, and nothing that they sign later. */
import type { Suite } from '../crypto/suite.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { type SignedEvent, verifyEvent } from '../nostr/event.ts';
import { RECORD_KIND } from '../protocol/message.ts';
import { RECORDS } from '../protocol/messages/records.ts';
import type { ReadEvidence } from './read.ts';

/** `until`: Unix seconds; `size`: lines of the last head that it signed. `graph`: null where whoever says it means all. */
export type RetiredKey = { log: string; graph: string | null; until: number; size: number };

/** Most that are kept of them; a log gets another key every year or so. */
const MAX_KEPT = 64;

const parsed = (text: string): unknown => {
  try {
    return parseStrict(text);
  } catch {
    return undefined;
  }
};
const tagOf = ({ tags }: SignedEvent, name: string): string => tags.find(([tag]) => tag === name)?.[1] ?? '';

/** The records by which this Host named another key, of a file that anybody may have written to: what is none is passed over. */
export const rotationsIn = (suite: Suite, host: string, text: string): readonly SignedEvent[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map(parsed)
    .filter((event): event is SignedEvent => verifyEvent(suite, event))
    .filter((event) => event.pubkey === host && retiredOf(event) !== null);

const retiredOf = (event: SignedEvent): RetiredKey | null => {
  if (event.kind !== RECORD_KIND || tagOf(event, 'type') !== 'log.rotated') return null;
  const { data } = readShape(RECORDS['log.rotated'], parsed(event.content));
  return data ? { log: data.from, graph: tagOf(event, 'graph'), until: data.until, size: data.size } : null;
};

export const retiredIn = (suite: Suite, host: string, text: string): readonly RetiredKey[] =>
  rotationsIn(suite, host, text).flatMap((event) => retiredOf(event) ?? []);

/** Whether the key of the log still signed for its Host then. Of several words the first counts: a Host can be restored to before one. */
export const isInTime = (
  retired: readonly RetiredKey[],
  { host, hosts: { log }, logged, predicate }: ReadEvidence,
): boolean => {
  const of = retired.filter(
    (one) => one.log === log && (one.graph ?? predicate.subject.graph) === predicate.subject.graph,
  );
  const [first] = of.sort((a, b) => a.until - b.until);
  return !first || (host.created_at <= first.until && (logged === null || logged.size <= first.size));
};

/** As the file has them, one a line; those of both, the older first. */
export const mergeRotations = (suite: Suite, host: string, ...texts: readonly string[]): string => {
  const all = new Map(
    texts.flatMap((text) => rotationsIn(suite, host, text)).map((event) => [event.id, event]),
  );
  const lines = [...all.values()]
    .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
    .slice(-MAX_KEPT)
    .map((event) => `${JSON.stringify(event)}\n`);
  return lines.join('');
};
