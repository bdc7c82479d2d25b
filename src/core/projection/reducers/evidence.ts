/** Evidence of published commits: what was asked of the Host, what it stated, what became of that on the remote. */
import type { RecordBody } from '../../protocol/messages/records.ts';
import type { BodyOf } from '../../protocol/table.ts';
import { EVIDENCE_STATES, type EvidenceState } from '../../vocabulary.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { RowOf, Tables } from '../rows.ts';

type Row = RowOf<'evidence_requests'>;
const BLANK: Omit<Row, 'id'> = {
  ...{ runner: '', session: '', approval: '', commit_id: '' },
  ...{ state: 'asked', statement: null, line: 0, proof: null, reason: null },
};

const rank = (state: EvidenceState): number => EVIDENCE_STATES.indexOf(state);
/** In whichever order they are told: a state that is further stands. */
const change = (tables: Tables, id: string, { state, ...facts }: Partial<Row> & Pick<Row, 'state'>): void => {
  const before = tables.get('evidence_requests', id) ?? { ...BLANK, id };
  const further = rank(state) > rank(before.state) ? state : before.state;
  tables.put('evidence_requests', { ...before, ...facts, state: further });
};

export const reduceEvidenceRequest = (
  tables: Tables,
  { id, from, body }: LedgerMessage<BodyOf<'evidence.request'>>,
): void => {
  const { session, approval, subject } = body;
  change(tables, id, { runner: from, session, approval, commit_id: subject.commit, state: 'asked' });
};

/** Of two answers to one request the same stands everywhere. */
export const reduceEvidenceStatement = (
  tables: Tables,
  { id, re, line, body }: LedgerMessage<BodyOf<'evidence.statement'>>,
): void => {
  if (re === null) return;
  const row = tables.get('evidence_requests', re) ?? { ...BLANK, id: re };
  if (row.statement !== null && row.statement <= id) return;
  // An answer takes the state of another one away, and none that came of one of them
  const state = rank(row.state) > rank('stated') ? row.state : body.statement ? 'stated' : 'denied';
  tables.put('evidence_requests', { ...row, statement: id, line, reason: body.reason ?? null, state });
};

export const reduceEvidenceLogged = (
  tables: Tables,
  { id, re }: LedgerMessage<BodyOf<'evidence.logged'>>,
): void => {
  if (re === null) return;
  const before = tables.get('evidence_requests', re)?.proof ?? null;
  if (before === null || before > id) change(tables, re, { proof: id, state: 'proved' });
};

export const reduceEvidenceFinished = (
  tables: Tables,
  { request, state }: RecordBody<'evidence.finished'>,
): void => change(tables, request, { state });
