/** Assignments: the offer gives the facts, the set of inputs gives the state, in an order of their own. */
import { foldAssignment } from '../../machines/assignment.ts';
import type { RecordBody } from '../../protocol/messages/records.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { AssignmentInput } from '../../vocabulary.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { AssignmentInputs, RowOf, Tables } from '../rows.ts';
import { meetKey } from './registry.ts';

export const reduceAssignmentOffer = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'assignment.offer'>>,
): void => {
  const { assignment, node, fence, revision, leaseMs } = told.body;
  const offer = `${String(told.epoch.n).padStart(15, '0')}:${told.id}`;
  const before = tables.get('assignments', assignment)?.offer ?? '';
  change(tables, assignment, told.line, {
    node,
    fence,
    revision,
    lease: leaseMs,
    runner: told.to,
    offer: offer > before ? offer : before,
  });
};

export const reduceAssignmentAccept = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'assignment.accept'>>,
): void => {
  const { assignment, pubkey, node } = told.body;
  meetKey(tables, pubkey, 'node', node);
  const before = tables.get('assignments', assignment)?.accept ?? null;
  const facts = before === null || told.id < before ? { pubkey, accept: told.id } : {};
  change(tables, assignment, told.line, facts, 'accept');
};

export const reduceAssignmentReject = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'assignment.reject'>>,
): void => {
  const { assignment, reason, detail = null } = told.body;
  const said = [tables.get('assignments', assignment)?.detail, detail].filter((one) => one != null).sort();
  change(tables, assignment, told.line, { detail: said[0] ?? null }, 'reject', reason);
};

export const reduceAssignmentReceipt = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'assignment.receipt'>>,
): void => {
  const { assignment, state } = told.body;
  change(tables, assignment, told.line, {}, state === 'materialized' ? undefined : state);
};

export const reduceAssignmentRevoke = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'assignment.revoke'>>,
): void => change(tables, told.body.assignment, told.line, {}, 'revoke', told.body.reason);

export const reduceAssignmentDecided = (tables: Tables, body: RecordBody<'assignment.decided'>): void => {
  const before = tables.get('placed_by_hand', body.node);
  if (!before || body.n > before.n) tables.put('placed_by_hand', body);
};

const BLANK: Omit<RowOf<'assignments'>, 'id'> = {
  node: '',
  runner: '',
  fence: 0,
  revision: 0,
  lease: 0,
  offer: '',
  state: 'offered',
  inputs: {},
  pubkey: null,
  accept: null,
  reason: null,
  detail: null,
  line: 0,
};

/** Adds facts and an input, with its reason, to an assignment, which may not be offered here yet. */
export const change = (
  tables: Tables,
  id: string,
  line: number,
  facts: Partial<RowOf<'assignments'>>,
  input?: AssignmentInput,
  reason: string | null = null,
): void => {
  const row = { ...BLANK, ...tables.get('assignments', id), ...facts, id };
  const inputs: AssignmentInputs = { ...row.inputs };
  // Said twice with two reasons: the same one of them whichever came first.
  if (input)
    inputs[input] = [inputs[input], reason].filter((one) => typeof one === 'string').sort()[0] ?? null;
  const { state, by, ordered } = foldAssignment(Object.keys(inputs) as AssignmentInput[]);
  tables.put('assignments', {
    ...row,
    inputs: Object.fromEntries(ordered.map((one) => [one, inputs[one]])),
    state,
    reason: (by && inputs[by]) ?? null,
    line: Math.max(row.line, line),
  });
};
