/** What each line of a Host’s ledger is to an auditor, and which of its fields leave the ledger: a type without a row does not compile. */
import type { control } from '../protocol/messages/control.ts';
import type { observe } from '../protocol/messages/observe.ts';
import type { RecordBody, RecordType } from '../protocol/messages/records.ts';
import type { BodyOf } from '../protocol/table.ts';
import type { AuditClass, AuditSeverity } from './classes.ts';

/** Never in a ledger: they hold for a moment. */
type Ephemeral =
  | 'assignment.renew'
  | 'host.beat'
  | 'runner.heartbeat'
  | 'checkpoint.request'
  | 'checkpoint.proof';
type Message =
  | Exclude<keyof typeof control | keyof typeof observe, Ephemeral>
  | 'user.hello'
  | 'blob.get'
  | 'blob.part';

type Activity = { readonly class: AuditClass; readonly activity: number; readonly label?: string };
/** `Field` is a name of the body. What is not named stays in the ledger: the words of people and agents, above all. */
type Row<Field extends string = string> = Activity & {
  readonly say: string;
  readonly fields: readonly Field[];
  /** The field with the name or id of what it is about, and the one with what came of it. */
  readonly about?: Field;
  readonly state?: Field;
  /** By what came of it, where that is another activity. */
  readonly by?: Readonly<Record<string, Activity>>;
  readonly severity?: AuditSeverity;
  readonly hasFailed?: true;
  /** Its signed event has a secret in it, though sealed, and leaves the ledger in no form. */
  readonly isSealed?: true;
};
export type AuditRow = Row;

const of =
  (name: AuditClass) =>
  (activity: number | string): Activity =>
    typeof activity === 'number' ? { class: name, activity } : { class: name, activity: 99, label: activity };
const api = of('api');
const entity = of('entity');
const user = of('user');
const lifecycle = of('lifecycle');
const finding: Activity = { class: 'finding', activity: 1 };

const RECORD_ROWS: { readonly [T in RecordType]: Row<keyof RecordBody<T> & string> } = {
  'epoch.claimed': { ...lifecycle(3), say: 'the Host started', fields: ['n', 'boot', 'revision'] },
  'authority.succeeded': {
    ...entity(3),
    ...{ say: 'another key signs for the Host', severity: 'high' },
    fields: ['chain'],
  },
  'graph.revision': {
    ...entity(3),
    ...{ say: 'a graph was applied', about: 'n' },
    fields: ['n', 'digest', 'parent', 'by'],
  },
  'host.operator_request.completed': {
    ...api('Request'),
    ...{ say: 'an operator asked', about: 'target', state: 'outcome' },
    fields: ['who', 'role', 'auth', 'subject', 'method', 'route', 'target', 'outcome', 'digest'],
  },
  'operator.added': {
    ...user(1),
    ...{ say: 'an operator was added', about: 'name', isSealed: true },
    fields: ['name', 'role', 'expiresAt', 'by'],
  },
  'operator.bound': {
    ...user(1),
    ...{ say: 'an operator was bound to an issuer', about: 'name' },
    fields: ['name', 'role', 'issuer', 'audience', 'by'],
  },
  'operator.enrolled': {
    ...user(1),
    ...{ say: 'an operator was added, by a key', about: 'name' },
    fields: ['name', 'role', 'pubkey', 'expiresAt', 'by'],
  },
  'operator.token_issued': {
    ...user('Token'),
    ...{ say: 'an operator showed an identity token', about: 'operator', isSealed: true },
    fields: ['operator', 'subject', 'expiresAt'],
  },
  'operator.revoked': {
    ...user(3),
    ...{ say: 'an operator was revoked', about: 'name', fields: ['name', 'by'] },
  },
  'invite.issued': {
    ...entity(1),
    ...{ say: 'an invite was issued', about: 'name', fields: ['id', 'role', 'name', 'expiresAt'] },
  },
  'secret.set': {
    ...api(3),
    ...{ say: 'a secret was set', about: 'name', isSealed: true, fields: ['name', 'n', 'version', 'by'] },
  },
  'secret.removed': {
    ...api(4),
    ...{ say: 'a secret was removed', about: 'name', fields: ['name', 'n', 'by'] },
  },
  'principal.set': {
    ...api(3),
    ...{ say: 'a git principal was set', about: 'name', fields: ['name', 'n', 'version', 'facts', 'by'] },
  },
  'principal.removed': {
    ...api(4),
    ...{ say: 'a git principal was removed', about: 'name', fields: ['name', 'n', 'by'] },
  },
  'assignment.expired': {
    ...lifecycle(4),
    ...{ say: 'an assignment expired', about: 'assignment', fields: ['assignment', 'fence', 'reason'] },
  },
  'assignment.decided': {
    ...entity(3),
    ...{ say: 'an operator decided where a node runs', about: 'node', state: 'decision' },
    fields: ['node', 'n', 'fence', 'decision', 'runner', 'by'],
  },
  'cancel.wanted': {
    ...lifecycle('Session'),
    ...{ say: 'an operator wants a session ended', about: 'session', fields: ['session', 'by'] },
  },
  'runner.liveness': {
    ...entity('Liveness'),
    ...{ say: 'a runner was heard again, or is not heard', about: 'runner', state: 'state' },
    fields: ['runner', 'n', 'state', 'silenceMs'],
  },
  'delivery.acked': {
    ...api('Acknowledge'),
    ...{ say: 'messages were acknowledged', about: 'peer', fields: ['peer', 'stream', 'high', 'top'] },
  },
  'message.held': {
    ...api('Hold'),
    ...{ say: 'a message waits', about: 'id', fields: ['id', 'signer', 'reason', 'awaits'] },
  },
  'message.dropped': {
    ...api('Drop'),
    ...{ say: 'a message that waited was dropped', about: 'id', fields: ['id', 'reason'] },
  },
  'message.conflict': { ...finding, say: 'two messages in one place', severity: 'high', fields: [] },
  'host.conflict': {
    ...finding,
    ...{ say: 'two Hosts under one key', severity: 'high', fields: ['n', 'boot', 'followed'] },
  },
  'checkpoint.kept': {
    ...api('Keep'),
    ...{ say: 'a checkpoint of the Host was kept', fields: ['restored', 'instead'] },
  },
  'history.conflict': {
    ...finding,
    ...{ say: 'the Host rewrote its history', severity: 'high', fields: ['held'] },
  },
  'ledger.pruned': {
    ...api(4),
    ...{ say: 'contents were pruned', about: 'before', fields: ['before', 'lines', 'sessions'] },
  },
  'rejects.counted': { ...finding, say: 'messages were refused', severity: 'medium', fields: ['items'] },
  'turn.wanted': {
    ...lifecycle('Turn'),
    ...{ say: 'another turn was wanted', about: 'session', fields: ['session', 'attempt', 'turn'] },
  },
  'turn.finished': {
    ...lifecycle('Turn'),
    ...{ say: 'a turn ended', about: 'session', state: 'status' },
    fields: ['session', 'attempt', 'turn', 'status', 'exitCode', 'commit', 'output'],
  },
  'session.ended': {
    ...lifecycle('Session'),
    ...{ say: 'a session ended', about: 'session', state: 'state' },
    fields: ['session', 'attempt', 'step', 'node', 'state', 'reason'],
  },
  'publish.intended': {
    ...api('Publish'),
    ...{ say: 'a push begins', about: 'commit', fields: ['session', 'attempt', 'commit', 'branch'] },
  },
  'publish.finished': {
    ...api('Publish'),
    ...{ say: 'a push ended', about: 'commit', state: 'outcome' },
    fields: ['session', 'attempt', 'commit', 'outcome'],
  },
  'evidence.finished': {
    ...api('Attest'),
    ...{ say: 'evidence was put beside a commit', state: 'state', fields: ['request', 'state'] },
  },
  checkpoint: { ...api('Checkpoint'), say: 'a checkpoint was signed', fields: ['size', 'chain', 'root'] },
  'log.rotated': {
    ...entity(3),
    ...{ say: 'the log got another key', about: 'to', severity: 'medium' },
    fields: ['from', 'to', 'size', 'root', 'until'],
  },
};

const MESSAGE_ROWS: { readonly [T in Message]: Row<keyof BodyOf<T> & string> } = {
  'authority.rotate': { ...api('Inform'), say: 'the key of the Host was told', fields: [] },
  'runner.trust': {
    ...entity(7),
    ...{ say: 'a runner was decided about', about: 'runner', state: 'state', fields: ['runner', 'state'] },
    by: { trusted: entity(6) },
  },
  routes: {
    ...api('Inform'),
    ...{ say: 'routes were told', about: 'revision', fields: ['n', 'revision', 'digest'] },
  },
  'assignment.offer': {
    ...lifecycle(1),
    ...{ say: 'an assignment was offered', about: 'node' },
    fields: ['assignment', 'node', 'fence', 'revision', 'digest', 'leaseMs'],
  },
  'assignment.accept': {
    ...entity(1),
    ...{ say: 'a node got its key', about: 'node', fields: ['assignment', 'node', 'fence', 'pubkey'] },
  },
  'assignment.reject': {
    ...lifecycle('Refuse'),
    ...{ say: 'an assignment was refused', about: 'assignment', hasFailed: true },
    fields: ['assignment', 'fence', 'reason'],
  },
  'assignment.receipt': {
    ...lifecycle(1),
    ...{ say: 'an assignment went on', about: 'assignment', state: 'state' },
    fields: ['assignment', 'fence', 'state'],
    by: { started: lifecycle(3), stopped: lifecycle(4), failed: lifecycle(4) },
  },
  'assignment.revoke': {
    ...lifecycle(2),
    ...{ say: 'an assignment was ended', about: 'assignment' },
    fields: ['assignment', 'fence', 'reason'],
  },
  'session.cancel': {
    ...lifecycle(2),
    ...{ say: 'a runner was told to end a session', about: 'session', fields: ['session'] },
  },
  'secret.request': {
    ...api(2),
    ...{ say: 'a secret was asked for', about: 'name', fields: ['assignment', 'fence', 'name', 'principal'] },
  },
  'secret.grant': {
    ...api(2),
    ...{ say: 'a secret was given', about: 'name', isSealed: true },
    fields: ['assignment', 'fence', 'name', 'version', 'holds'],
  },
  'secret.deny': {
    ...api(2),
    ...{ say: 'a secret was not given', about: 'name', hasFailed: true },
    fields: ['assignment', 'fence', 'name', 'reason'],
  },
  'evidence.request': {
    ...api('Attest'),
    ...{ say: 'evidence was asked for', about: 'session', fields: ['session', 'approval', 'tree'] },
  },
  'evidence.statement': {
    ...api('Attest'),
    ...{ say: 'evidence was stated', about: 'session', fields: ['session', 'approval', 'reason'] },
  },
  'evidence.logged': {
    ...api('Attest'),
    ...{ say: 'evidence was proved to be in the log', about: 'session', fields: ['approval'] },
  },
  'runner.hello': {
    ...entity(1),
    ...{ say: 'a runner presented itself', about: 'name' },
    fields: ['name', 'version', 'platform', 'engines', 'sandbox', 'capacity', 'memory'],
  },
  'runner.goodbye': { ...entity(4), say: 'a runner left', fields: [] },
  'user.hello': {
    ...entity(1),
    ...{ say: 'a person presented themselves', about: 'name', fields: ['name'] },
  },
  'session.observed': {
    ...lifecycle('Session'),
    ...{ say: 'a session took a state', about: 'session', state: 'state' },
    fields: ['session', 'attempt', 'step', 'state', 'node', 'requester', 'reason'],
    by: { active: lifecycle(3), completed: lifecycle(4), failed: lifecycle(4), cancelled: lifecycle(4) },
  },
  'turn.observed': {
    ...lifecycle('Turn'),
    ...{ say: 'an engine ran', about: 'session', state: 'status' },
    fields: ['session', 'attempt', 'turn', 'status', 'exitCode', 'engine', 'sandbox', 'output', 'secrets'],
  },
  'approval.observed': {
    ...api('Ask'),
    ...{ say: 'an approval took a state', about: 'approval', state: 'state' },
    fields: ['approval', 'session', 'operation', 'state', 'subjectDigest'],
    by: { approved: api('Approve'), rejected: api('Deny') },
  },
  'artifact.observed': {
    ...api('Publish'),
    ...{ say: 'a work product took a state', about: 'commit', state: 'state' },
    fields: ['artifact', 'session', 'state', 'repository', 'branch', 'commit', 'approval'],
    by: { published: api(1) },
  },
  'conversation.observed': {
    ...api('Converse'),
    ...{ say: 'a node spoke with another', about: 'peer', state: 'move' },
    fields: ['session', 'conversation', 'move', 'peer', 'relation', 'message'],
  },
  'recovery.observed': {
    ...lifecycle(5),
    ...{ say: 'what was cut off goes on', about: 'session', state: 'kind' },
    fields: ['session', 'attempt', 'turn', 'kind'],
  },
  'waiting.observed': {
    ...api('Wait'),
    ...{ say: 'a node waits for somebody', about: 'session', fields: ['session', 'attempt', 'n'] },
  },
  'source.observed': {
    ...api(2),
    ...{ say: 'a repository was fetched', about: 'session' },
    fields: ['session', 'attempt', 'turn', 'repository', 'branch', 'base', 'head'],
  },
  'blob.get': { ...api(2), say: 'bytes were asked for', about: 'sha256', fields: ['sha256'] },
  'blob.part': { ...api(2), say: 'bytes were given', about: 'sha256', fields: ['sha256', 'n', 'of'] },
};

/** A type that another version wrote: that it is there is told, and nothing in it. */
const UNKNOWN: AuditRow = { ...api('Other'), say: 'something was recorded', fields: [] };
const ROWS: ReadonlyMap<string, AuditRow> = new Map<string, AuditRow>([
  ...Object.entries(RECORD_ROWS),
  ...Object.entries(MESSAGE_ROWS),
]);
export const auditRowOf = (type: string): AuditRow => ROWS.get(type) ?? UNKNOWN;
