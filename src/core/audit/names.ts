/** Whose key it is, from the lines so far: as the Host itself said or accepted it, so the same lines give the same names. */
import { parseStrict } from '../encoding/strict-json.ts';
import { typeOfEvent } from '../evidence/read.ts';
import type { Line } from '../ledger/line.ts';
import type { RecordBody } from '../protocol/messages/records.ts';
import type { BodyOf } from '../protocol/table.ts';

export type AuditNames = {
  /** Before the line itself is told of. */
  see(line: Line): void;
  nameOf(pubkey: string): string | null;
  /** The node of a session that was told of before. */
  nodeOf(session: string): string | null;
};

/** Of older sessions the node is not known any more; what they did is told without it. */
const MAX_SESSIONS = 10_000;

export const createAuditNames = (host: string): AuditNames => {
  const names = new Map([[host, 'host']]);
  const nodes = new Map<string, string>();
  const SEEN: Readonly<Record<string, (body: never, line: Line) => void>> = {
    'graph.revision': ({ users }: RecordBody<'graph.revision'>) => {
      for (const { name, pubkey } of users) names.set(pubkey, name);
    },
    'runner.hello': ({ name }: BodyOf<'runner.hello'>, { event }) => names.set(event.pubkey, name),
    'assignment.accept': ({ node, pubkey }: BodyOf<'assignment.accept'>) => names.set(pubkey, node),
    'session.observed': ({ session, node }: BodyOf<'session.observed'>) => {
      nodes.delete(session);
      nodes.set(session, node);
      if (nodes.size > MAX_SESSIONS) for (const first of nodes.keys()) return nodes.delete(first);
    },
  };
  return {
    see: (line) => {
      const type = typeOfEvent(line.event);
      // Only what was accepted or said here is in a ledger; what was pruned says nothing
      if (Object.hasOwn(SEEN, type) && line.event.content !== '')
        SEEN[type]!(parseStrict(line.event.content) as never, line);
    },
    nameOf: (pubkey) => names.get(pubkey) ?? null,
    nodeOf: (session) => nodes.get(session) ?? null,
  };
};
