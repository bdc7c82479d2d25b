/** Secrets: which a Host keeps, who asked for one, and what was answered. */
import type { Line } from '../../ledger/line.ts';
import type { RecordBody } from '../../protocol/messages/records.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { SecretDenial } from '../../vocabulary.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { RowOf, Tables } from '../rows.ts';

/** The last word of a name counts, by its own number; a blob that it does not name is to go. */
const say = (tables: Tables, said: RowOf<'secrets'>): void => {
  const before = tables.get('secrets', said.name);
  if (before?.n === said.n) return;
  const isLast = !before || said.n > before.n;
  const old = isLast ? before?.blob : said.blob;
  if (old != null) tables.put('secret_remains', { blob: old });
  if (isLast) tables.put('secrets', said);
};

export const reduceSecretSet = (tables: Tables, body: RecordBody<'secret.set'>, { event }: Line): void => {
  const { name, version, n, by } = body;
  tables.put('secret_versions', { name, version, n, by, at: event.created_at });
  say(tables, { ...body, at: event.created_at });
};

export const reduceSecretRemoved = (
  tables: Tables,
  body: RecordBody<'secret.removed'>,
  { event }: Line,
): void => say(tables, { ...body, version: '', blob: null, at: event.created_at });

type Request = RowOf<'secret_requests'>;
const BLANK: Omit<Request, 'id'> = {
  runner: '',
  assignment: '',
  fence: 0,
  name: '',
  key: '',
  principal: 0,
  publish: null,
  answer: null,
  reason: null,
  open: 1,
};
const change = (tables: Tables, id: string, facts: Partial<Request>): void =>
  tables.put('secret_requests', { ...BLANK, ...tables.get('secret_requests', id), ...facts, id });

export const reduceSecretRequest = (
  tables: Tables,
  { id, from, body }: LedgerMessage<BodyOf<'secret.request'>>,
): void => {
  const { assignment, fence, name, key } = body;
  const principal = body.principal ? 1 : 0;
  const publish = body.publish?.subject ?? null;
  change(tables, id, { runner: from, assignment, fence, name, key, principal, publish });
};

/** Of two answers to one request the same stands everywhere. */
const answered = (tables: Tables, id: string, re: string | null, reason: SecretDenial | null): void => {
  if (re === null) return;
  const before = tables.get('secret_requests', re)?.answer ?? null;
  if (before === null || id < before) change(tables, re, { answer: id, reason, open: 0 });
};

export const reduceSecretGrant = (tables: Tables, told: LedgerMessage<BodyOf<'secret.grant'>>): void => {
  answered(tables, told.id, told.re, null);
  for (const { name, version } of told.body.holds ?? [told.body]) {
    const before = tables.get('secret_grants', name, version, told.to);
    const at = Math.max(told.at, before?.at ?? 0);
    tables.put('secret_grants', { name, version, runner: told.to, at });
  }
};

export const reduceSecretDeny = (tables: Tables, told: LedgerMessage<BodyOf<'secret.deny'>>): void =>
  answered(tables, told.id, told.re, told.body.reason);
