/** What is over, and so leaves the working set: a function of lines alone, so that folding anew moves the same rows. */
import type { RowOf, Tables } from '../rows.ts';
import type { MovingTables } from './summary.ts';

/** Rows of these tables move; `together`: columns that are looked up as one, `ordered`: by which, or from which on, is read. */
export const MOVING = {
  messages: { together: [['stream', 'seq']], ordered: ['session'] },
  exchanges: { ordered: ['session'] },
  transitions: {},
  approvals: { ordered: ['session'] },
  approval_requests: {},
  decisions: {},
  artifacts: { ordered: ['session'] },
  blob_requests: { together: [['holder', 'served']] },
  blob_grants: {},
  blob_parts: {},
} as const satisfies MovingTables;
export type MovingTable = keyof typeof MOVING;
export type MovedRows = { readonly [T in MovingTable]: RowOf<T>[] };

/** `after`: lines for which a session that is over stays; `every`: lines from one look for such sessions to the next. */
export type HistoryBounds = { readonly after: number; readonly every: number };

const PAGE = 256;

/** Messages of no session that are over as they come, and nearly all that a home has but for sessions. */
const WITHOUT_SESSION = [
  { type: 'delivery.acked', dir: 'local' },
  { type: 'blob.get', dir: 'out' },
  { type: 'blob.get', dir: 'in' },
  { type: 'blob.part', dir: 'in' },
  { type: 'blob.part', dir: 'out' },
] as const;

/**
 * The rows of sessions that were over and of which nothing came for so many lines, and those of messages without one
 * that are as old, where this line is one to look at.
 */
export const overAt = (tables: Tables, n: number, { after, every }: HistoryBounds): MovedRows | null => {
  if (n <= after || n % every !== 0) return null;
  const moved: MovedRows = {
    ...{ messages: [], exchanges: [], transitions: [] },
    ...{ approvals: [], approval_requests: [], decisions: [], artifacts: [] },
    ...{ blob_requests: [], blob_grants: [], blob_parts: [] },
  };
  const last = n - after;
  for (const { session } of untilLine(last, (page) => tables.list('recent_sessions', {}, page))) {
    if (tables.get('sessions', session)?.open !== 0) continue;
    tables.remove('recent_sessions', session);
    moveSession(tables, session, moved);
  }
  for (const of of WITHOUT_SESSION)
    for (const message of untilLine(last, (page) => tables.list('messages', of, page))) {
      moved.messages.push(message);
      if (message.type === 'blob.get') moveBlob(tables, message, moved);
    }
  return moved.messages.length === 0 ? null : moved;
};

const moveSession = (tables: Tables, session: string, moved: MovedRows): void => {
  moved.messages.push(...tables.list('messages', { session }));
  // By session alone: an index by what is open would be one of all that are over
  moved.exchanges.push(...tables.list('exchanges', { session }).filter(({ open }) => open === 0));
  moved.transitions.push(...tables.list('transitions', { kind: 'session', id: session }));
  for (const approval of tables.list('approvals', { session })) {
    if (approval.open !== 0) continue;
    moved.approvals.push(approval);
    moved.approval_requests.push(...tables.list('approval_requests', { approval: approval.id }));
    moved.decisions.push(...tables.list('decisions', { approval: approval.id }));
    moved.transitions.push(...tables.list('transitions', { kind: 'approval', id: approval.id }));
  }
  for (const artifact of tables.list('artifacts', { session })) {
    moved.artifacts.push(artifact);
    moved.transitions.push(...tables.list('transitions', { kind: 'artifact', id: artifact.id }));
  }
};

/** What was asked for with it, whose answer came long ago if there is one. */
const moveBlob = (tables: Tables, { id, dir }: RowOf<'messages'>, moved: MovedRows): void => {
  const request = tables.get('blob_requests', id);
  if (request === undefined || (dir === 'in' && request.served === 0)) return;
  const { sha256, holder, asker } = request;
  const grant = tables.get('blob_grants', sha256, holder, asker);
  moved.blob_requests.push(request);
  if (grant !== undefined) moved.blob_grants.push(grant);
  if (dir === 'out') moved.blob_parts.push(...tables.list('blob_parts', { sha256, by: holder }));
};

type Page = { order: 'line'; after: number; limit: number };
/** All of a list in the order of lines, as far as this one. */
function* untilLine<R extends { line: number }>(last: number, list: (page: Page) => R[]): Generator<R> {
  for (let after = 0; ; ) {
    const page = list({ order: 'line', after, limit: PAGE });
    for (const row of page) {
      if (row.line > last) return;
      yield row;
    }
    if (page.length < PAGE) return;
    after = page.at(-1)!.line;
  }
}
