/** Ledger-only records (kind 24155): what a home writes down for itself. They are signed, and never sent. */
import * as z from 'zod';
import { turnUsage } from '../../acp/usage.ts';
import { chain } from '../../authority/chain.ts';
import { MAX_END_REASON, MAX_PARTS, MAX_TRANSCRIPT_BLOBS, MAX_TURNS } from '../../bounds.ts';
import { eachOnce } from '../../encoding/once.ts';
import {
  commitId,
  count,
  digest,
  hex,
  list,
  name,
  pubkey,
  reason,
  text,
  uuid,
} from '../../encoding/schema.ts';
import { audienceText, claims, issuerKeys, issuerUrl } from '../../host-api/identity.ts';
import { principalFacts } from '../../source/principal.ts';
import {
  EVIDENCE_ENDS,
  LIVENESS,
  MEMBER_ROLES,
  OPERATOR_ROLES,
  PLACEMENT_DECISIONS,
  PUSH_OUTCOMES,
  TURN_STATUSES,
  UNTOLD_ENDINGS,
} from '../../vocabulary.ts';
import { signedEvent } from './row.ts';

export const RECORDS = eachOnce({
  /**
   * Each start of a Host claims the next epoch, chained to the claim before (docs/design.md §8); one that takes over
   * leaves out as many as others may have claimed.
   */
  'epoch.claimed': () =>
    z.strictObject({
      n: count,
      boot: hex(16),
      previous: hex(32).nullable(),
      revision: count,
      takesOver: z.literal(true).exactOptional(),
    }),
  /** Another key signs for this Host, or, in the home of a member, for the Host that its invite names. */
  'authority.succeeded': () => z.strictObject({ chain: chain() }),
  'graph.revision': () =>
    z.strictObject({
      n: count,
      digest,
      parent: digest.nullable(),
      by: text(64),
      users: list(z.strictObject({ name, pubkey }), 1000),
    }),
  'host.operator_request.completed': () =>
    z.strictObject({
      who: text(64),
      role: text(16),
      /** By what the caller was known, `none` where it was nobody; the subject is whom the credential itself names. */
      auth: text(16),
      subject: text(200).nullable(),
      method: text(8),
      route: text(200),
      target: text(200),
      outcome: text(64),
      digest,
    }),
  /** `by` is the operator who asked for it, null for the bootstrap token of the Host's config. */
  'operator.added': () =>
    z.strictObject({
      name: text(64),
      role: z.enum(OPERATOR_ROLES),
      sha256: hex(32),
      expiresAt: count.nullable(),
      by: text(64).nullable(),
    }),
  /** `keys` of the issuer, where they were given and are not fetched. */
  'operator.bound': () =>
    z.strictObject({
      name: text(64),
      role: z.enum(OPERATOR_ROLES),
      issuer: issuerUrl(),
      audience: audienceText,
      claims: claims(),
      keys: issuerKeys().nullable(),
      by: text(64),
    }),
  /** For an identity token, which is good once: `identity` is a digest of its issuer and its jti. */
  'operator.token_issued': () =>
    z.strictObject({
      operator: text(64),
      sha256: hex(32),
      subject: text(200),
      identity: hex(32),
      expiresAt: count,
    }),
  /** Whose requests are signed by a key of their own. */
  'operator.enrolled': () =>
    z.strictObject({
      name: text(64),
      role: z.enum(OPERATOR_ROLES),
      pubkey,
      expiresAt: count.nullable(),
      by: text(64),
    }),
  'operator.revoked': () => z.strictObject({ name: text(64), by: text(64) }),
  'invite.issued': () =>
    z.strictObject({
      id: uuid,
      role: z.enum(MEMBER_ROLES),
      name,
      expiresAt: count,
      key: pubkey.optional(),
    }),
  /** The value is in the blob, sealed; `version` is random, `n` counts what was said of the name. */
  'secret.set': () => z.strictObject({ name, n: count, version: hex(16), blob: digest, by: text(64) }),
  'secret.removed': () => z.strictObject({ name, n: count, by: text(64) }),
  'principal.set': () =>
    z.strictObject({
      ...{ name, n: count, version: hex(16) },
      facts: principalFacts(),
      by: text(64),
    }),
  'principal.removed': () => z.strictObject({ name, n: count, by: text(64) }),
  /** Without a reason where an operator put the node elsewhere. */
  'assignment.expired': () => z.strictObject({ assignment: uuid, fence: count, reason: reason.optional() }),
  /**
   * By an operator: the node leaves whatever it had up to this fence, for that runner or for none. `n` counts what was decided of the
   * node.
   */
  'assignment.decided': () =>
    z.strictObject({
      node: name,
      n: count,
      fence: count,
      decision: z.enum(PLACEMENT_DECISIONS),
      runner: pubkey.nullable(),
      by: text(64),
    }),
  /** By an operator: the session is to end, whoever runs it and whoever comes to run it. The first of them stands. */
  'cancel.wanted': () =>
    z.strictObject({
      session: uuid,
      by: text(64),
      reason: text(MAX_END_REASON).optional(),
    }),
  /** A runner was heard again, or is not heard any more, for so long; `n` counts what was said of it. */
  'runner.liveness': () =>
    z.strictObject({ runner: pubkey, n: count, state: z.enum(LIVENESS), silenceMs: count }),
  'delivery.acked': () =>
    z.strictObject({
      peer: pubkey,
      stream: hex(16),
      high: count,
      top: count,
      missing: list(z.tuple([count, count]), 256),
    }),
  /** A genuine message that cannot be judged yet; its seal is kept and opened again. */
  'message.held': () =>
    z.strictObject({
      id: hex(32),
      signer: pubkey,
      me: pubkey,
      reason,
      awaits: text(80),
      seal: signedEvent().extend({ content: text(66_000) }),
    }),
  'message.dropped': () => z.strictObject({ id: hex(32), reason }),
  /** Another body under a known dedup key: kept as evidence. */
  'message.conflict': () => z.strictObject({ event: signedEvent() }),
  /** Another boot of the Host under the epoch that is followed, with a message that it signed: nothing of it is obeyed. */
  'host.conflict': () =>
    z.strictObject({
      n: count,
      boot: hex(16),
      followed: hex(16),
      event: signedEvent().extend({ content: text(24_000) }),
    }),
  /** Of the Host's ledger, as it signed it; `instead`: the one held before, which the Host does not have since it took over. */
  'checkpoint.kept': () =>
    z.strictObject({ restored: count, instead: hex(32).nullable(), event: signedEvent() }),
  /** The Host's ledger is not the one whose checkpoint (`held`) this home keeps, by its own signed message: nothing of it is obeyed. */
  'history.conflict': () =>
    z.strictObject({
      held: hex(32),
      event: signedEvent().extend({ content: text(48_000) }),
    }),
  /** Contents of so many lines of sessions that were over before that time (ISO 8601) are taken out after this. */
  'ledger.pruned': () => z.strictObject({ before: text(32), lines: count, sessions: count }),
  'rejects.counted': () =>
    z.strictObject({
      items: list(
        z.strictObject({ reason, signer: pubkey.nullable(), count, first: count, last: count }),
        64,
      ),
    }),
  /** Another turn will run, because people wanted changes: the text that it gets, and whose words are in it. */
  'turn.wanted': () =>
    z.strictObject({
      session: uuid,
      attempt: count,
      turn: z.int().min(2).max(MAX_TURNS),
      task: digest,
      persons: list(text(64), 32),
    }),
  'turn.finished': () =>
    z.strictObject({
      session: uuid,
      attempt: count,
      /** Of its attempt, from 1: another one follows where changes were wanted. */
      turn: z.int().min(1).max(MAX_TURNS),
      status: z.enum(TURN_STATUSES),
      exitCode: z.int().nullable(),
      base: commitId.nullable(),
      expected: commitId.nullable(),
      commit: commitId.nullable(),
      changes: digest.nullable(),
      /** Of the document that is shown, and the blobs that it is cut into. */
      hunks: digest.nullable(),
      diff: list(digest, MAX_PARTS),
      size: count,
      files: count,
      /** Ids of what may come of it, fixed here so that a restart asks for the same. */
      approval: uuid,
      artifact: uuid,
      expiresAt: count,
      /** Of the transcript, how much it is, and the blobs that it is cut into. */
      output: digest,
      printed: count,
      transcript: list(digest, MAX_TRANSCRIPT_BLOBS),
      tail: text(2000),
      usage: turnUsage().optional(),
    }),
  /**
   * A session ended with nobody to tell: by its owner, whose edge to the requester is gone, or by its requester, where
   * nobody runs the node.
   */
  'session.ended': () =>
    z.strictObject({
      session: uuid,
      attempt: count,
      step: count,
      node: pubkey,
      state: z.enum(UNTOLD_ENDINGS),
      reason,
      summary: text(2000).optional(),
    }),
  /** Written before a push; recovery looks at the remote head first. */
  'publish.intended': () =>
    z.strictObject({ session: uuid, attempt: count, commit: commitId, branch: text(200) }),
  'publish.finished': () =>
    z.strictObject({
      session: uuid,
      attempt: count,
      commit: commitId,
      outcome: z.enum(PUSH_OUTCOMES),
    }),
  /** What the Host stated of a commit is on its remote, or that takes no such thing. */
  'evidence.finished': () => z.strictObject({ request: hex(32), state: z.enum(EVIDENCE_ENDS) }),
  /** Of the lines before it; `peaks` are what the next one goes on from, `sig` is of the note by the key of the log. */
  checkpoint: () =>
    z.strictObject({
      size: z.int().min(1),
      chain: hex(32),
      root: hex(32),
      peaks: list(hex(32), 53),
      log: hex(32),
      sig: text(88),
    }),
  /**
   * The log signs by the key `to` from this line on. `size` and `root` are of the last head that `from` signed; `until`: when it
   * last signed anything, in Unix seconds.
   */
  'log.rotated': () =>
    z.strictObject({
      from: hex(32),
      to: hex(32),
      size: z.int().min(1),
      root: hex(32),
      until: count,
    }),
});
export type RecordType = keyof typeof RECORDS;
export type RecordBody<T extends RecordType> = z.infer<(typeof RECORDS)[T]>;
