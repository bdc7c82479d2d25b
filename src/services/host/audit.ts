/** What operators asked of this Host, as its own record has it: who, what, with which outcome. Reads leave nothing there. */
import { isoTime } from '../../core/encoding/time.ts';
import { findOperation } from '../../core/host-api/route.ts';
import type { AuditEntry } from '../../core/host-api/shapes.ts';
import type { Line } from '../../core/ledger/line.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { Home } from '../messaging/home.ts';
import { readLines } from '../messaging/read-event.ts';
import type { Look } from './streams.ts';
import { lineOf } from './trace.ts';

const PAGE = 100;
const TYPE = 'host.operator_request.completed';
type Row = RowOf<'messages'>;

/** One page behind the cursor; without one the last page there is. `next` is null where nothing follows now. */
export const listAudit = async (
  home: Home,
  { cursor }: { cursor?: string },
): Promise<{ items: AuditEntry[]; next: string | null }> => {
  const rows = cursor === undefined ? lastRows(home) : rowsAfter(home, lineOf(home, cursor));
  const page = rows.slice(0, PAGE);
  const next = rows.length > PAGE ? `${page.at(-1)!.line}` : null;
  return { items: await entriesOf(home, page), next };
};

/** The same for a stream, from its cursor on. What is refused is refused at once. */
export const auditBehind = (home: Home, { cursor = '0' }: { cursor?: string }): Look => {
  lineOf(home, cursor);
  return async (behind) => {
    const { items } = await listAudit(home, { cursor: behind });
    return items.map((data) => ({ cursor: data.cursor, data }));
  };
};

const OF = { type: TYPE, dir: 'local' } as const;
const lastRows = ({ tables }: Home): Row[] =>
  tables.list('messages', OF, { order: 'line', descending: true, limit: PAGE }).reverse();
/** One more than a page has. */
const rowsAfter = ({ tables }: Home, after: number): Row[] =>
  tables.list('messages', OF, { order: 'line', after, limit: PAGE + 1 });

const entriesOf = async (home: Home, rows: readonly Row[]): Promise<AuditEntry[]> => {
  const lines = await readLines(
    home,
    rows.map(({ line }) => line),
  );
  return rows.map((row, at) => entryOf(row, lines[at]!));
};

const entryOf = ({ id, line, kept }: Row, { event }: Line): AuditEntry => {
  // Signed by this Host itself
  const body: RecordBody<typeof TYPE> = JSON.parse(event.content);
  const { digest, ...said } = body;
  return {
    ...{ cursor: `${line}`, at: isoTime(kept), ...said },
    operation: findOperation(body.method, body.route)?.id ?? null,
    ...{ digest: `sha256:${digest}`, event: id },
  };
};
