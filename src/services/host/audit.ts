/** What operators asked of this Host, as its own record has it: who, what, with which outcome; and which runners it heard no more, or left. Reads leave nothing there. */
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { findOperation } from '../../core/host-api/route.ts';
import type { AuditEntry } from '../../core/host-api/shapes.ts';
import type { Line } from '../../core/ledger/line.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { Home } from '../messaging/home.ts';
import { readLines } from '../messaging/read-event.ts';
import { GOODBYE, LIVENESS_RECORD } from './audit-words.ts';
import type { Look } from './streams.ts';
import { lineOf } from './trace.ts';

const PAGE = 100;
const REQUEST = 'host.operator_request.completed';
const TYPES = [
  [REQUEST, 'local'],
  [LIVENESS_RECORD, 'local'],
  [GOODBYE, 'in'],
] as const;
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

type Page = { descending?: true; after?: number; limit: number };
/** Each type by its index, whatever came before. */
const rowsOf = ({ tables }: Home, page: Page): Row[] =>
  TYPES.flatMap(([type, dir]) => tables.list('messages', { type, dir }, { order: 'line', ...page })).sort(
    (a, b) => a.line - b.line,
  );
const lastRows = (home: Home): Row[] => rowsOf(home, { descending: true, limit: PAGE }).slice(-PAGE);
/** One more than a page has. */
const rowsAfter = (home: Home, after: number): Row[] =>
  rowsOf(home, { after, limit: PAGE + 1 }).slice(0, PAGE + 1);

const entriesOf = async (home: Home, rows: readonly Row[]): Promise<AuditEntry[]> => {
  const lines = await readLines(home, rows);
  return rows.map((row, at) =>
    row.type === REQUEST ? requestOf(row, lines[at]!) : changeOf(home, row, lines[at]!),
  );
};

const facts = ({ id, line, kept }: Row) => ({ cursor: `${line}`, at: isoTime(kept), event: id });

// Signed by this Host itself
const requestOf = (row: Row, { event }: Line): AuditEntry => {
  const { digest, ...said }: RecordBody<typeof REQUEST> = JSON.parse(event.content);
  const operation = findOperation(said.method, said.route)?.id ?? null;
  return { ...facts(row), ...said, operation, digest: `sha256:${digest}` };
};

type Change = { runner: string; state: string };
const livenessOf = (content: string): Change =>
  JSON.parse(content) satisfies RecordBody<typeof LIVENESS_RECORD>;
/** The runner signed it: it says nothing but that. */
const leftOf = ({ sender }: Row): Change => ({ runner: sender, state: 'left' });

const changeOf = (home: Home, row: Row, { event }: Line): AuditEntry => {
  const { runner, state } = row.type === GOODBYE ? leftOf(row) : livenessOf(event.content);
  return {
    ...{ ...facts(row), who: 'host', role: 'host', auth: 'none', subject: null },
    ...{ operation: row.type, method: '', route: '', outcome: state },
    target: home.tables.get('hellos', runner)?.name ?? npub(runner),
    digest: `sha256:${toHex(home.suite.sha256(utf8(event.content)))}`,
  };
};
