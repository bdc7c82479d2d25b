/** One ledger line folded into the read models: bookkeeping that all messages share, then the reducer of its type. */
import { founderOf } from '../authority/succession.ts';
import { toHex, utf8 } from '../encoding/bytes.ts';
import type { Hash, Line } from '../ledger/line.ts';
import { KIND, RECORD_KIND } from '../protocol/message.ts';
import type { RecordType } from '../protocol/messages/records.ts';
import type { MessageType } from '../protocol/table.ts';
import { rowOf } from '../protocol/table.ts';
import { parseTags, type Tags } from '../protocol/tags.ts';
import { keptAt } from './kept-at.ts';
import type { LedgerMessage } from './ledger-message.ts';
import { addToRanges } from './ranges.ts';
import { namedIn, pinEpoch } from './reducers/authority.ts';
import { followExchanges } from './reducers/exchanges.ts';
import { RECORD_REDUCERS } from './reducers/records.ts';
import { REDUCERS } from './reducers/reducers.ts';
import type { Tables } from './rows.ts';

const tagOf = (line: Line, name: string): string | null =>
  line.event.tags.find((tag) => tag[0] === name)?.[1] ?? null;

/** What only the Host signs: its epoch is the Host's own word. */
const isOfHost = (type: string): boolean => rowOf(type)?.signers.every((role) => role === 'host') === true;

/** Of what was pruned the id, the signer and the place are known: it is no news, and says nothing. */
export const isPruned = ({ content }: Line['event']): boolean => content === '';

/** In the place of a digest: equal to none, so nothing that is said anew under an old key has an effect. */
export const PRUNED = '';

/** What contents are compared by: they stand in the ledger alone. */
export const contentDigest = (sha256: Hash, content: string): string => toHex(sha256(utf8(content)));

/** Folds a line. A line whose event is folded already changes nothing. */
export const foldLine = (tables: Tables, line: Line, sha256: Hash): void => {
  tables.put('head', { id: 'ledger', n: line.n, chain: line.chain });
  if (tables.get('messages', line.event.id, line.dir)) return;
  if (line.event.kind === RECORD_KIND) foldRecord(tables, line);
  else foldMessage(tables, line, sha256);
};

const foldRecord = (tables: Tables, line: Line): void => {
  const { event } = line;
  const type = tagOf(line, 'type') as RecordType;
  tables.put('messages', {
    id: event.id,
    type,
    dir: line.dir,
    sender: event.pubkey,
    recipient: '',
    dedup: '',
    content: isPruned(event) ? PRUNED : null,
    re: null,
    session: null,
    stream: null,
    seq: null,
    at: event.created_at,
    line: line.n,
    kept: keptAt(line),
  });
  if (!isPruned(event)) RECORD_REDUCERS[type]?.(tables, JSON.parse(event.content), line);
};

const foldMessage = (tables: Tables, line: Line, sha256: Hash): void => {
  const { event } = line;
  const { tags } = parseTags(event.tags);
  const { graph } = tags;
  const sender = event.kind === KIND.host ? founderOf(graph) : event.pubkey;
  const recipient = namedIn(tables, graph, tags.p);
  // Whoever wrote the line had let it in, or signed it
  const type = tags.type as MessageType;
  const told: LedgerMessage = {
    id: event.id,
    type,
    from: sender,
    to: recipient,
    seq: tags.seq,
    epoch: tags.epoch,
    rev: tags.rev,
    re: tags.e,
    session: tags.session,
    at: event.created_at,
    dir: line.dir,
    line: line.n,
    kept: keptAt(line),
    event,
    body: isPruned(event) ? null : JSON.parse(event.content),
  };
  tables.put('messages', {
    id: event.id,
    type,
    dir: line.dir,
    sender,
    recipient,
    dedup: tags.dedup,
    content: isPruned(event) ? PRUNED : line.dir === 'in' ? contentDigest(sha256, event.content) : null,
    re: tags.e,
    session: tags.session,
    stream: tags.seq?.stream ?? null,
    seq: tags.seq?.n ?? null,
    at: event.created_at,
    line: line.n,
    kept: keptAt(line),
  });
  if (tags.session !== null) tables.put('recent_sessions', { session: tags.session, line: line.n });
  if (line.dir === 'in') arrived(tables, told, graph);
  if (line.dir === 'out') sent(tables, told, tags, line.n);
  if (isPruned(event)) return;
  if (rowOf(type)) REDUCERS[type](tables, told as never);
  followExchanges(tables, told);
};

const arrived = (tables: Tables, told: LedgerMessage, graph: string): void => {
  tables.remove('held_messages', told.id);
  if (isOfHost(told.type)) pinEpoch(tables, told, graph);
  if (!told.seq) return;
  const { stream, n } = told.seq;
  const before = tables.get('streams', told.from, told.to, stream);
  const ranges = addToRanges(before?.ranges ?? [], n);
  tables.put('streams', {
    signer: told.from,
    me: told.to,
    stream,
    ranges,
    top: ranges.at(-1)![1],
  });
};

const sent = (
  tables: Tables,
  told: LedgerMessage,
  { dedup, expiration, p: key }: Tags,
  line: number,
): void => {
  if (!told.seq) return;
  const { stream, n } = told.seq;
  const same = { sender: told.from, recipient: told.to, type: told.type, dedup };
  for (const old of tables.list('outbox', same)) tables.remove('outbox', old.id);
  tables.put('outbox', {
    id: told.id,
    type: told.type,
    sender: told.from,
    recipient: told.to,
    key,
    stream,
    seq: n,
    dedup,
    epoch: told.epoch.n,
    expiration,
    line,
  });
  const last = tables.get('counters', stream, told.to)?.n ?? 0;
  tables.put('counters', { stream, recipient: told.to, n: Math.max(last, n) });
};
