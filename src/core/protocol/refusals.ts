/** Every reason for which a received message is refused or put off, by what becomes of it (docs/threats.md T123). */
import { COUNTED_LIMITS, EDGE_DENIALS, type RefusalEnd } from '../vocabulary.ts';

/**
 * A reason is final where nothing that this home can still learn changes the verdict: the bytes are bad, or what they
 * contradict is never taken back. Where that is not certain it is passing.
 */
export const REFUSALS: Readonly<Record<RefusalEnd, readonly string[]>> = {
  final: [
    // The bytes themselves.
    ...['malformed', 'wrap_size', 'wrap_json', 'wrap_shape', 'wrap_kind', 'wrap_recipient', 'wrap_expired'],
    ...['wrap_id', 'wrap_signature', 'seal_json', 'seal_shape', 'seal_kind', 'seal_tags', 'seal_id'],
    ...['seal_signature', 'rumor_json', 'rumor_shape', 'rumor_id', 'rumor_author', 'rumor_recipient'],
    ...[
      'event_json',
      'event_shape',
      'event_id',
      'event_signature',
      'event_author',
      'event_time',
      'event_kind',
    ],
    ...['event_tags', 'event_recipient', 'wrong_graph', 'unsupported_version', 'unknown_type', 'ephemeral'],
    ...['seq', 'body_json', 'body_schema', 'event_session', 'wrong_alt', 'bad_proof', 'bad_attachment'],
    // A key has one role, a revoked one stays so, and epochs only rise.
    ...[
      'kind_of_role',
      'wrong_role',
      'key_reuse',
      'revoked',
      'has_left',
      'old_home',
      'stale_epoch',
      'host_conflict',
    ],
    // Who followed the Host to another key does not go back, and a recovery stands.
    ...['retired_key', 'bad_succession', 'key_recovered', 'authority_conflict'],
    // Invites are used once and end.
    ...['invite_used', 'invite_expired', 'name_changed'],
    // What was asked, taken, named or decided here before is not asked, taken, named or decided otherwise later.
    ...[
      'not_asked',
      'no_session',
      'session_taken',
      'already_accepted',
      'already_decided',
      'already_answered',
      'already_told',
      'wrong_subject',
    ],
    ...['too_many_gets', 'too_many_questions', 'too_many_reviews', 'too_many_files', 'stream_fork'],
  ],
  passing: [
    // Keys, trust and names that the Host may still make known or free; of a key that it knows it asks no proof.
    ...['unknown_signer', 'not_trusted', 'no_invite', 'bad_invite', 'name_taken', 'too_many_hellos'],
    // A later revision may have the edge; limits have room again.
    ...EDGE_DENIALS.filter((reason) => reason !== 'unknown_type'),
    ...COUNTED_LIMITS,
    ...['stream_gaps', 'held_full', 'too_many_open'],
    // A clock goes on, or is set right.
    ...['time_out_of_window', 'expires_too_late'],
    // What it is about, or who it is by, may be told of later.
    ...['not_assigned', 'not_yours', 'bad_evidence', 'not_approver', 'not_touched', 'not_named'],
    // Newer routes make what contradicts the ones before a thing of the past.
    ...['fork', 'bad_routes', 'wrong_size', 'wrong_digest'],
    // A bug of ours.
    'not_taken',
  ],
  kept: [
    ...['epoch_ahead', 'revision_ahead', 'awaits_earlier', 'awaits_session', 'no_lease', 'not_held'],
    ...[
      'dedup_conflict',
      'assignment_over',
      'approval_closed',
      'approval_expired',
      'question_over',
      'review_over',
      'session_over',
    ],
  ],
};

const FINAL: ReadonlySet<string> = new Set(REFUSALS.final);
export const isFinal = (reason: string): boolean => FINAL.has(reason);
