/** One reducer a ledger-only record. */
import type { Line } from '../../ledger/line.ts';
import type { RecordBody, RecordType } from '../../protocol/messages/records.ts';
import type { RowOf, Tables } from '../rows.ts';
import { change, reduceAssignmentDecided } from './assignment.ts';
import { followChain } from './authority.ts';
import { reduceEvidenceFinished } from './evidence.ts';
import { reducePrincipalRemoved, reducePrincipalSet } from './principals.ts';
import { meetKey, reduceLiveness, sortable } from './registry.ts';
import { reduceSecretRemoved, reduceSecretSet } from './secrets.ts';
import { reduceCancelWanted, reduceSessionEnded } from './session.ts';

type RecordReducer<T extends RecordType> = (tables: Tables, body: RecordBody<T>, line: Line) => void;
const indexed = () => {};
type Witnessed = Pick<RowOf<'witness'>, 'restored' | 'size' | 'event'>;
/** Whichever was folded first: what came after a restore, then the longer one. */
const isNewer = (one: Witnessed, other: Witnessed): boolean =>
  one.restored !== other.restored
    ? one.restored > other.restored
    : one.size !== other.size
      ? one.size > other.size
      : one.event < other.event;

export const RECORD_REDUCERS: { readonly [T in RecordType]: RecordReducer<T> } = {
  'epoch.claimed': (tables, body, line) => {
    const before = tables.get('epoch', 'own');
    const claim = { n: body.n, boot: body.boot, event: line.event.id };
    if (!before || body.n > before.n) tables.put('epoch', { id: 'own', ...claim });
    if (body.takesOver && body.n > (tables.get('epoch', 'takeover')?.n ?? 0))
      tables.put('epoch', { id: 'takeover', ...claim });
    // Routes of an earlier epoch are refused by everybody; those of this one are on their way.
    for (const row of tables.list('outbox', { type: 'routes' })) tables.remove('outbox', row.id);
  },
  'authority.succeeded': (tables, { chain }) => {
    followChain(tables, chain);
    // What the key before said of its own succession is not the whole of it
    for (const row of tables.list('outbox', { type: 'authority.rotate' })) tables.remove('outbox', row.id);
  },
  'graph.revision': (tables, body, line) => {
    tables.put('revisions', {
      n: body.n,
      digest: body.digest,
      parent: body.parent,
      by: body.by,
      at: line.event.created_at,
    });
    for (const user of body.users) meetKey(tables, user.pubkey, 'user', user.name, sortable(body.n));
    const newest = tables.list('revisions', {}, { order: 'n', descending: true, limit: 1 })[0];
    if (newest && newest.n > body.n) return;
    for (const old of tables.list('users')) tables.remove('users', old.pubkey);
    for (const user of body.users) tables.put('users', { ...user, revision: body.n });
  },
  'host.operator_request.completed': indexed,
  'operator.added': (tables, { name, role, sha256, expiresAt }, line) =>
    tables.put('operators', { name, role, sha256, expires: expiresAt, line: line.n }),
  'operator.bound': (tables, { name, role, issuer, audience, claims, keys }, line) =>
    tables.put('operator_bindings', { name, role, issuer, audience, claims, keys, line: line.n }),
  'operator.enrolled': (tables, { name, role, pubkey, expiresAt }, line) => {
    tables.put('operator_keys', { name, role, pubkey, expires: expiresAt, line: line.n });
    meetKey(tables, pubkey, 'operator', name);
  },
  'operator.token_issued': (tables, { operator, sha256, subject, identity, expiresAt }) =>
    tables.put('issued_tokens', { operator, sha256, subject, identity, expires: expiresAt }),
  'operator.revoked': (tables, { name }, line) =>
    tables.put('operator_revocations', { name, at: line.event.created_at }),
  'invite.issued': (tables, body) =>
    tables.put('invites', {
      id: body.id,
      role: body.role,
      name: body.name,
      expires: body.expiresAt,
      key: body.key ?? null,
    }),
  'assignment.decided': reduceAssignmentDecided,
  'cancel.wanted': reduceCancelWanted,
  'runner.liveness': reduceLiveness,
  'secret.set': reduceSecretSet,
  'secret.removed': reduceSecretRemoved,
  'principal.set': reducePrincipalSet,
  'principal.removed': reducePrincipalRemoved,
  'assignment.expired': (tables, { assignment, reason }, line) =>
    change(tables, assignment, line.n, {}, 'expire', reason ?? null),
  'delivery.acked': (tables, body) => {
    for (const row of tables.list('outbox', { stream: body.stream, recipient: body.peer })) {
      const { seq } = row;
      const gap = body.missing.some(([from, to]) => from <= seq && seq <= to);
      if (seq <= body.top && !gap) tables.remove('outbox', row.id);
    }
  },
  'message.held': (tables, body, line) => {
    if (tables.get('messages', body.id, 'in')) return;
    tables.put('held_messages', {
      id: body.id,
      signer: body.signer,
      me: body.me,
      reason: body.reason,
      awaits: body.awaits,
      // Held once more, for another reason: still from when it came.
      at: tables.get('held_messages', body.id)?.at ?? line.event.created_at,
      line: line.n,
    });
  },
  'message.dropped': (tables, body) => tables.remove('held_messages', body.id),
  'message.conflict': indexed,
  'host.conflict': (tables, { n, boot, event }, line) => {
    const before = tables.get('host_conflicts', n, boot);
    const row = { n, boot, event: event.id, at: line.event.created_at };
    // Of two that two processes wrote at once the one that is older, or less: in whichever order they are folded
    const isOlder = !before || row.at < before.at || (row.at === before.at && row.event < before.event);
    if (isOlder) tables.put('host_conflicts', row);
  },
  'checkpoint.kept': (tables, { restored, instead, event }, line) => {
    const { size, root } = JSON.parse(event.content) as RecordBody<'checkpoint'>;
    const row = { event: event.id, size, root, restored, at: line.event.created_at, instead };
    const before = tables.get('witness', 'host');
    if (!before || isNewer(row, before)) tables.put('witness', { id: 'host', ...row });
  },
  'history.conflict': (tables, { held, event }, line) => {
    const before = tables.get('rewrites', held);
    const row = { kept: held, event: event.id, at: line.event.created_at };
    const isOlder = !before || row.at < before.at || (row.at === before.at && row.event < before.event);
    if (isOlder) tables.put('rewrites', row);
  },
  'ledger.pruned': indexed,
  'rejects.counted': (tables, body) => {
    for (const item of body.items) {
      const signer = item.signer ?? '';
      const before = tables.get('rejects', item.reason, signer);
      tables.put('rejects', {
        reason: item.reason,
        signer,
        count: (before?.count ?? 0) + item.count,
        first: Math.min(before?.first ?? item.first, item.first),
        last: Math.max(before?.last ?? 0, item.last),
      });
    }
  },
  'turn.wanted': (tables, { session, attempt, turn, task, persons }) => {
    // The first one stands: a turn may have run with it
    if (!tables.get('wanted_turns', session, attempt, turn))
      tables.put('wanted_turns', { session, attempt, turn, task, persons });
  },
  'turn.finished': (tables, body) =>
    tables.put('turns', {
      session: body.session,
      attempt: body.attempt,
      turn: body.turn,
      status: body.status,
      exit: body.exitCode,
      base: body.base,
      expected: body.expected,
      commit_id: body.commit,
      changes: body.changes,
      hunks: body.hunks,
      diff: body.diff,
      size: body.size,
      files: body.files,
      approval: body.approval,
      artifact: body.artifact,
      expires: body.expiresAt,
      output: body.output,
      printed: body.printed,
      transcript: body.transcript,
      tail: body.tail,
      usage: body.usage ?? null,
    }),
  'session.ended': reduceSessionEnded,
  'publish.intended': (tables, body) => {
    const before = tables.get('publishes', body.session, body.attempt);
    tables.put('publishes', {
      session: body.session,
      attempt: body.attempt,
      commit_id: body.commit,
      branch: body.branch,
      outcome: before?.commit_id === body.commit ? before.outcome : null,
    });
  },
  'publish.finished': (tables, body) => {
    const before = tables.get('publishes', body.session, body.attempt);
    tables.put('publishes', {
      session: body.session,
      attempt: body.attempt,
      commit_id: body.commit,
      branch: before?.branch ?? '',
      outcome: body.outcome,
    });
  },
  'evidence.finished': reduceEvidenceFinished,
  checkpoint: indexed,
  'log.rotated': indexed,
};
