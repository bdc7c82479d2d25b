/**
 * Every closed set of words, once. Types, wire, graph and config schemas, bodies of the Host API and options of commands
 * derive from here; `test/vocabulary.test.ts` finds what is written elsewhere.
 */

type Word<T extends readonly unknown[]> = T[number];

// Who takes part

/** The four signing identities that speak on the wire. */
export const ROLES = ['host', 'runner', 'user', 'node'] as const;
export type Role = Word<typeof ROLES>;
/** What a key can be: one of them for good. An operator's says nothing on the wire. */
export const KEY_ROLES = [...ROLES, 'operator'] as const;
export type KeyRole = Word<typeof KEY_ROLES>;
/** Those that have a home: a node's key lives in its runner's. */
export const HOME_KINDS = ['host', 'runner', 'user'] as const;
export type HomeKind = Word<typeof HOME_KINDS>;
/** Those that are invited. */
export const MEMBER_ROLES = ['runner', 'user'] as const;
export type MemberRole = Word<typeof MEMBER_ROLES>;
/** Those between whom messages cross an edge. */
export const PEER_ROLES = ['user', 'node'] as const;
export type PeerRole = Word<typeof PEER_ROLES>;
export const NODE_KINDS = ['user', 'agent'] as const;
export type NodeKind = Word<typeof NODE_KINDS>;
export const OPERATOR_ROLES = ['viewer', 'editor', 'admin'] as const;
export type OperatorRole = Word<typeof OPERATOR_ROLES>;
export const OPERATOR_STATES = ['active', 'expired', 'revoked'] as const;
export type OperatorState = Word<typeof OPERATOR_STATES>;
/** By what an operator is known. */
export const OPERATOR_METHODS = ['bearer', 'oidc', 'nip98'] as const;
export type OperatorMethod = Word<typeof OPERATOR_METHODS>;
/** Key pairs of RFC 7518 and RFC 8037. */
export const ISSUER_KEY_TYPES = ['RSA', 'EC', 'OKP'] as const;

// The graph

export const RELATIONS = [
  'delegates_to',
  'hands_off_to',
  'reviews',
  'approves',
  'escalates_to',
  'consults',
  'peers_with',
] as const;
export type Relation = Word<typeof RELATIONS>;
/** Messages that give an agent work. */
export const WORK_TYPES = ['task.request', 'task.handoff', 'task.review', 'task.escalate'] as const;
export type WorkType = Word<typeof WORK_TYPES>;
/** `A relation B`: a is the node on the left, b the node on the right. */
export const SIDES = ['a', 'b'] as const;
export type Side = Word<typeof SIDES>;
/** What an engine asks for while its turn waits: a call of its own. */
export const CALL_OPERATIONS = ['command.run', 'file.write'] as const;
export type CallOperation = Word<typeof CALL_OPERATIONS>;
/** Operations that a policy may put under approval. An unknown one would silently protect nothing. */
export const OPERATIONS = ['source.publish', ...CALL_OPERATIONS] as const;
export type Operation = Word<typeof OPERATIONS>;
/**
 * How much of a call a signature binds, most first. exact: all words of a command, its directory and environment; content: a file and all its bytes; declared: the text that the agent gave as
 * what it runs; described: only its words about it.
 */
export const BINDINGS = ['exact', 'content', 'declared', 'described'] as const;
export type Binding = Word<typeof BINDINGS>;
/** What a policy may demand of each call, and what is put to people. */
export const CALL_BINDINGS: Readonly<Record<CallOperation, readonly Binding[]>> = {
  'command.run': ['exact', 'declared', 'described'],
  'file.write': ['content'],
};
/** What a policy may demand of a person beside the signature of their key: that they touch a token (an `sk-` key of SSH). */
export const ASSURANCES = ['touch'] as const;
export type Assurance = Word<typeof ASSURANCES>;
/** What a reader of evidence may require besides a number of persons. */
export const EVIDENCE_RULES = ['exact', 'touch', 'logged'] as const;
export const ENGINE_TYPES = ['exec', 'acp'] as const;
export type EngineType = Word<typeof ENGINE_TYPES>;
/** Agents of which it is known how they are started and kept from answering themselves. */
export const AGENT_PROFILES = [
  ...(['claude', 'codex', 'gemini', 'goose'] as const),
  ...(['kimi', 'opencode', 'qwen'] as const),
] as const;
export type AgentProfile = Word<typeof AGENT_PROFILES>;
/** What a probe tries of an agent: whether it asks before it does something, and leaves it when it is told no. */
export const PROBE_FACTS = [
  ...(['command_asked', 'command_rejected', 'command_cancelled', 'command_through'] as const),
  ...(['edit_asked', 'edit_rejected', 'edit_through', 'outside_asked', 'outside_rejected'] as const),
  ...(['subagent_asked', 'mode_pinned'] as const),
] as const;
export type ProbeFact = Word<typeof PROBE_FACTS>;
/** untried: nothing was seen that shows the one or the other; no pass. */
export const FINDINGS = ['yes', 'no', 'untried'] as const;
export type Finding = Word<typeof FINDINGS>;
export const SANDBOX_KINDS = ['bwrap', 'none'] as const;
export type SandboxKind = Word<typeof SANDBOX_KINDS>;
export const RATE_UNITS = ['second', 'minute', 'hour', 'day'] as const;
export type RateUnit = Word<typeof RATE_UNITS>;
/** Why the graph carries a message over no edge. */
export const EDGE_DENIALS = [
  'no_edge',
  'wrong_direction',
  'narrowed',
  'disabled',
  'unknown_node',
  'role_never_sends',
  'unknown_type',
] as const;
export type Denial = Word<typeof EDGE_DENIALS>;
/** Limits of an edge that need counting. */
export const COUNTED_LIMITS = ['rate', 'max_concurrent'] as const;
export type CountedLimit = Word<typeof COUNTED_LIMITS>;
export const SEVERITIES = ['error', 'warning'] as const;
export type Severity = Word<typeof SEVERITIES>;

// States, each of a machine in `core/machines`

/** What an operator decides about a runner. */
export const TRUST_DECISIONS = ['trusted', 'rejected', 'revoked'] as const;
export type TrustDecision = Word<typeof TRUST_DECISIONS>;
/** The last by the word of the runner itself. */
export const TRUST_STATES = ['pending', ...TRUST_DECISIONS, 'left'] as const;
/** Nothing of a runner counts any more, and its name is free. */
export const TRUST_ENDINGS = ['rejected', 'revoked', 'left'] as const;
/** How a runner leaves: when what it began is done, or at once. */
export const LEAVE_MODES = ['drain', 'now'] as const;
export type LeaveMode = Word<typeof LEAVE_MODES>;
export type RunnerTrust = Word<typeof TRUST_STATES>;
export const LIVENESS = ['live', 'stale', 'offline'] as const;
export type Liveness = Word<typeof LIVENESS>;
export const ASSIGNMENT_STATES = [
  'offered',
  'accepted',
  'active',
  'rejected',
  'expired',
  'stopped',
  'failed',
  'revoked',
] as const;
export type AssignmentState = Word<typeof ASSIGNMENT_STATES>;
/** A runner has taken it, and it is not over. */
export const LIVE_ASSIGNMENT_STATES = ['accepted', 'active'] as const;
/** It is not over. */
export const OPEN_ASSIGNMENT_STATES = ['offered', ...LIVE_ASSIGNMENT_STATES] as const;
/** What an operator decides about where a node runs; `revoked`: nowhere, until another decision. */
export const PLACEMENT_DECISIONS = ['moved', 'revoked'] as const;
export type PlacementDecision = Word<typeof PLACEMENT_DECISIONS>;
/** It may still become active. */
export const COMING_ASSIGNMENT_STATES = ['offered', 'accepted'] as const;
/**
 * In the order in which a set of inputs is folded, so that the result does not hang on their arrival. A refusal comes
 * first: the Host may have placed the node elsewhere since, and a later word of the same runner must not undo that.
 */
export const ASSIGNMENT_INPUTS = [
  'reject',
  'accept',
  'started',
  'stopped',
  'failed',
  'expire',
  'revoke',
] as const;
export type AssignmentInput = Word<typeof ASSIGNMENT_INPUTS>;
export const RECEIPT_STATES = ['materialized', 'started', 'stopped', 'failed'] as const;
/** A turn of it began, and it is not over. */
export const BEGUN_SESSION_STATES = ['active', 'waiting_approval'] as const;
export const OPEN_SESSION_STATES = ['requested', 'accepted', ...BEGUN_SESSION_STATES] as const;
export const SESSION_STATES = [
  ...OPEN_SESSION_STATES,
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'budget_exceeded',
] as const;
export type SessionState = Word<typeof SESSION_STATES>;
/** What an active session waits for, as a person sees it: their own answer, or the end of what it gave away. */
export const SESSION_HOLDS = ['waiting_answer', 'waiting_child'] as const;
export type SessionHold = Word<typeof SESSION_HOLDS>;
/** How a session ends that nobody can be told of. */
export const UNTOLD_ENDINGS = ['failed', 'cancelled'] as const;
/** Why a commit counts as approved by nobody. */
export const UNAPPROVED = ['too_few_approvals', 'policy_unknown'] as const;
export type Unapproved = Word<typeof UNAPPROVED>;
/** What holds a publication back until it is approved: the Host, which withholds what pushes, or its runner, which promises to. */
export const PUBLISH_GATES = ['enforced', 'promised'] as const;
export type PublishGate = Word<typeof PUBLISH_GATES>;
/** What operators should mend of a git principal that a node names. */
export const PRINCIPAL_GAPS = ['unset', 'unapproved', 'other_remote'] as const;
export type PrincipalGap = Word<typeof PRINCIPAL_GAPS>;
/**
 * Why what pushes is withheld from a publication: it is of another node, place or policy than this one has now, not approved
 * by enough people in time, launched by nobody who is known, or granted before as something else.
 */
export const PUBLISH_DENIALS = [
  ...UNAPPROVED,
  'wrong_subject',
  'requester_unknown',
  'approval_over',
  'already_granted',
] as const;
export type PublishDenial = Word<typeof PUBLISH_DENIALS>;
/**
 * Why a Host does not grant a secret: it has none of that name, the node does not name it, the runner does not hold the node
 * now, nothing can be sealed for the key that it gave, or the key is for something else.
 */
export const SECRET_DENIALS = [
  'secret_missing',
  'secret_not_named',
  'lease_over',
  'bad_key',
  'key_misused',
  ...PUBLISH_DENIALS,
] as const;
export type SecretDenial = Word<typeof SECRET_DENIALS>;
/** How much of what led to a published commit is put beside it: all signed events, those without anybody's text, nothing. */
export const EVIDENCE_LEVELS = ['full', 'digests', 'none'] as const;
export type EvidenceLevel = Word<typeof EVIDENCE_LEVELS>;
/**
 * Why a Host states nothing of a commit: its approvals are too few, no revision of its graph has their policy, or its
 * policy names more people than a message holds.
 */
export const EVIDENCE_DENIALS = [...UNAPPROVED, 'statement_too_large'] as const;
export type EvidenceDenial = Word<typeof EVIDENCE_DENIALS>;
/** What became of it on the remote; logged: with the proof that the Host’s statement is in its log. */
export const EVIDENCE_ENDS = ['attached', 'logged', 'refused'] as const;
export type EvidenceEnd = Word<typeof EVIDENCE_ENDS>;
/** How far it is with the evidence of a commit. Proved: the Host gave the proof; what a remote refused stays so. */
export const EVIDENCE_STATES = [
  'asked',
  'denied',
  'stated',
  'attached',
  'proved',
  'logged',
  'refused',
] as const;
/** What a runner has to put on the remote. */
export const EVIDENCE_TO_ATTACH = ['stated', 'proved'] as const;
export type EvidenceState = Word<typeof EVIDENCE_STATES>;
/** What a check of it comes to. */
export const EVIDENCE_VERDICTS = ['verified', 'unapproved', 'damaged', 'no_evidence'] as const;
export type EvidenceVerdict = Word<typeof EVIDENCE_VERDICTS>;
/** What a person decides; who wants changes says which, and is asked again about what comes of it. */
export const DECISIONS = ['approved', 'rejected', 'changes_wanted'] as const;
export type Decision = Word<typeof DECISIONS>;
/** How far a grant reaches: the repeats of its session, or of all sessions of its node. */
export const GRANT_REACHES = ['session', 'node'] as const;
export type GrantReach = Word<typeof GRANT_REACHES>;
/** Of a grant, as its person sees it: `used` when all its uses are gone. */
export const GRANT_STATES = ['open', 'used', 'expired', 'revoked', 'void'] as const;
export type GrantState = Word<typeof GRANT_STATES>;
export const APPROVAL_ENDINGS = [
  'approved',
  'rejected',
  'superseded',
  'expired',
  'withdrawn',
  'invalidated',
] as const;
export type ApprovalEnding = Word<typeof APPROVAL_ENDINGS>;
export const APPROVAL_STATES = ['pending', ...APPROVAL_ENDINGS] as const;
export type ApprovalState = Word<typeof APPROVAL_STATES>;
/** Of what an engine asks a person: `over` when its turn is, whether somebody answered or not. */
export const QUESTION_STATES = ['open', 'answered', 'over'] as const;
export type QuestionState = Word<typeof QUESTION_STATES>;
/** What an engine asks in words: who launched its task, or a person whom an edge names. */
export const QUESTION_KINDS = ['question', 'escalation'] as const;
export type QuestionKind = Word<typeof QUESTION_KINDS>;
/** What a node puts to a person about a change. */
const CHANGE_ASKS = ['approval', 'review'] as const;
export type ChangeAsk = Word<typeof CHANGE_ASKS>;
/** What a node asks of somebody who may be away; `runner`: of nobody, it waits for another one, since the one that it is on leaves. */
export const WAITED_FOR = [...CHANGE_ASKS, 'question', 'task', 'runner'] as const;
export type WaitedFor = Word<typeof WAITED_FOR>;
/** What a reviewer says of a change that its node may still be working on. */
export const REVIEW_VERDICTS = ['pass', 'changes'] as const;
export type ReviewVerdict = Word<typeof REVIEW_VERDICTS>;
/** Of what a person is asked to review: `over` when the node that asked waits no more. */
export const REVIEW_STATES = ['open', ...REVIEW_VERDICTS, 'over'] as const;
export type ReviewState = Word<typeof REVIEW_STATES>;
export const SOURCE_STATES = [
  'proposed',
  'approved',
  'rejected',
  'superseded',
  'published',
  'failed',
] as const;
export type SourceState = Word<typeof SOURCE_STATES>;
/** In the order in which they can follow each other. */
export const ARTIFACT_STATES = ['materialized', 'published', 'superseded', 'failed'] as const;
export type ArtifactState = Word<typeof ARTIFACT_STATES>;
/** How the push of a commit went. */
export const PUSH_OUTCOMES = ['pushed', 'moved', 'refused'] as const;
export type PushOutcome = Word<typeof PUSH_OUTCOMES>;
/** Of a push that the remote did not refuse: `moved` when its head was not the expected one. */
export type Pushed = Exclude<PushOutcome, 'refused'>;
/** How a turn of an engine ended. */
/** What became of a connection that a turn asked for. */
export const NETWORK_OUTCOMES = [
  'opened',
  'not_listed',
  'private_address',
  'unreachable',
  'too_many',
  'malformed',
] as const;
export type NetworkOutcome = Word<typeof NETWORK_OUTCOMES>;
export const TURN_STATUSES = [
  'done',
  'failed',
  'timed_out',
  'cancelled',
  'output_limit',
  'disk_limit',
] as const;
export type TurnStatus = Word<typeof TURN_STATUSES>;
/** What has an id that a person types. */
export const NAMED_SUBJECTS = ['session', ...CHANGE_ASKS, 'question'] as const;
/** What is in the way of a person's work, and asks them for no signature; in the order in which it is shown. */
export const TROUBLES = ['conflict', 'behind', 'muted', 'unsent'] as const;
export type TroubleKind = Word<typeof TROUBLES>;
/** Of what a person signed: no relay has it yet, or one has and whoever it is for has not acknowledged it. */
export const UNSENT_STATES = ['unrelayed', 'unacknowledged'] as const;
export type UnsentState = Word<typeof UNSENT_STATES>;
/** What a person follows on one line each. */
export const WATCHED_SUBJECTS = [...NAMED_SUBJECTS, ...TROUBLES] as const;
export type WatchedSubject = Word<typeof WATCHED_SUBJECTS>;
/** What has states that its owner signs. */
export const STATED_SUBJECTS = ['session', 'approval', 'artifact'] as const;
export type StatedSubject = Word<typeof STATED_SUBJECTS>;
/** What a runner tells the Host of: the type of its message is one of these and `.observed`. */
const STATELESS_SUBJECTS = ['turn', 'conversation', 'recovery', 'source', 'waiting'] as const;
export const OBSERVED_SUBJECTS = [...STATED_SUBJECTS, ...STATELESS_SUBJECTS] as const;
export type ObservedSubject = Word<typeof OBSERVED_SUBJECTS>;
/** What a node did in an exchange with another agent. */
export const CONVERSATION_MOVES = ['opened', 'answered'] as const;
export type ConversationMove = Word<typeof CONVERSATION_MOVES>;
/** How a turn's engine came to an end that it did not choose: by a signal, over a limit of the turn, in another mode than its session was pinned to. */
export const ENGINE_BREAKS = ['engine_crashed', 'engine_limited', 'mode_changed'] as const;
export type EngineBreak = Word<typeof ENGINE_BREAKS>;
/**
 * What was mended, or had to be. turn_repeated: its runner ended while it ran, and runs it again; taken_up: the session was
 * asked again of another key of its node, as after a move to another runner.
 */
export const RECOVERY_KINDS = ['turn_repeated', ...ENGINE_BREAKS, 'taken_up'] as const;
export type RecoveryKind = Word<typeof RECOVERY_KINDS>;

// Homes, files, output

/** How a secret key lies in a file: under a passphrase, or bare. */
export const KEY_FILE_KINDS = ['encrypted', 'file'] as const;
export type KeyFileKind = Word<typeof KEY_FILE_KINDS>;
export const KEY_STORE_KINDS = ['keyring', ...KEY_FILE_KINDS] as const;
export type KeyStoreKind = Word<typeof KEY_STORE_KINDS>;
/** Schemes of git remotes; the first ones reach another machine. */
export const NETWORK_SCHEMES = ['https', 'ssh'] as const;
export const REMOTE_SCHEMES = [...NETWORK_SCHEMES, 'file'] as const;
export type RemoteScheme = Word<typeof REMOTE_SCHEMES>;
/** Of a message: received or sent. */
export const MESSAGE_DIRECTIONS = ['in', 'out'] as const;
/** Of a ledger line: a message, or this home's own record. */
export const DIRECTIONS = [...MESSAGE_DIRECTIONS, 'local'] as const;
export type Direction = Word<typeof DIRECTIONS>;
/** Of a ledger: one process writes until it closes, or several take turns. */
export const LEDGER_MODES = ['exclusive', 'shared'] as const;
export type LedgerMode = Word<typeof LEDGER_MODES>;
/** As Prometheus names them: what goes up and down, and what only rises. */
export const METRIC_TYPES = ['gauge', 'counter'] as const;
export type MetricType = Word<typeof METRIC_TYPES>;
export const HTTP_METHODS = ['GET', 'POST'] as const;
export type HttpMethod = Word<typeof HTTP_METHODS>;
export const LOG_LEVELS = ['info', 'warning', 'error'] as const;
export type LogLevel = Word<typeof LOG_LEVELS>;
/**
 * What becomes of a message that is refused or put off. final: whatever comes, the same bytes stay refused; passing: news
 * may make them welcome; kept: they are in the ledger, held or as evidence.
 */
export const REFUSAL_ENDS = ['final', 'passing', 'kept'] as const;
export type RefusalEnd = Word<typeof REFUSAL_ENDS>;
/**
 * Of a relay to this home, worst first; withholding: it does not give back what is written to oneself, or may hold more of
 * one second than it gives.
 */
export const RELAY_STATES = ['closed', 'connecting', 'open', 'withholding', 'synced'] as const;
export type RelayState = Word<typeof RELAY_STATES>;
/** Of what a doctor found. */
export const FINDING_STATES = ['ok', 'warning', 'problem'] as const;
export type FindingState = Word<typeof FINDING_STATES>;
/** Those of a relay that is read as it should be. */
export const READ_STATES = ['open', 'synced'] as const satisfies readonly RelayState[];
/** Modes of git tree entries. */
export const FILE_MODES = ['100644', '100755', '120000', '160000'] as const;
/** How a changed file is shown to who decides about it: by its hunks, or only by its digests and why. */
export const SHOWN_AS = ['hunks', 'binary', 'text_to_binary', 'too_long'] as const;
export type ShownAs = Word<typeof SHOWN_AS>;
