/** The read models of every home: Host, runner and user fold the same tables from what their ledgers hold. */
import type { TurnUsage } from '../acp/usage.ts';
import type { PublishSubject } from '../protocol/messages/publish-subject.ts';
import type { BodyOf } from '../protocol/table.ts';
import type {
  ApprovalState,
  ArtifactState,
  AssignmentInput,
  AssignmentState,
  Decision,
  KeyRole,
  MemberRole,
  Operation,
  PlacementDecision,
  PushOutcome,
  RelayState,
  SessionState,
  StatedSubject,
  TurnStatus,
} from '../vocabulary.ts';
import { ASKED_ROWS } from './asked-rows.ts';
import { AUTHORITY_ROWS } from './authority-rows.ts';
import { BLOBS_ROWS } from './blobs-rows.ts';
import { EVIDENCE_ROWS } from './evidence-rows.ts';
import { HISTORY_ROWS } from './history/rows.ts';
import { MESSAGES_ROWS } from './messages-rows.ts';
import { OPERATORS_ROWS } from './operators-rows.ts';
import { PRINCIPALS_ROWS } from './principals-rows.ts';
import type { Range } from './ranges.ts';
import { ROUTES_ROWS } from './routes-rows.ts';
import { RUNNERS_ROWS } from './runners-rows.ts';
import { SECRETS_ROWS } from './secrets-rows.ts';
import {
  defineTables,
  flag,
  hexText,
  int,
  json,
  nullable,
  type RowIn,
  shared,
  type TablesOf,
  text,
  word,
} from './tables.ts';

/** Raise it when a reducer changes: an older projection file is then folded anew. A change of `ROWS` shows by itself. */
export const SCHEMA_VERSION = 20;

/** What a hello says of its sender, apart from the name. */
export type RunnerDetail = Omit<BodyOf<'runner.hello'>, 'invite'>;
export type HelloDetail = RunnerDetail | Omit<BodyOf<'user.hello'>, 'invite'>;
/** The inputs an assignment has had, each with its reason. */
export type AssignmentInputs = Partial<Record<AssignmentInput, string | null>>;
/** What a request says: of whom, under which title. At the Host it is known from the runner, with who asked. */
export type RequestDetail = {
  node: string;
  title: string;
  request: string | null;
  at: number;
  requester?: string;
};
/** What a node says at the end of an attempt. */
export type ResultDetail = { summary: string | null; commit: string | null };
export type ArtifactDetail = Pick<
  BodyOf<'artifact.ref'>,
  'session' | 'repository' | 'branch' | 'approval'
> & {
  commit_id: string;
};

/** Where which commit is to go. */
export type ApprovedTarget = Pick<PublishSubject, 'remote' | 'ref' | 'commit'>;

export const ROWS = defineTables({
  /** The last line that was folded: a projection of another ledger, or of lines that never became durable, shows. */
  head: { columns: { id: text, n: int, chain: text }, key: ['id'], arrival: ['*'] },
  ...MESSAGES_ROWS,
  ...HISTORY_ROWS,
  /** Which numbers of a stream are here, as JSON ranges. */
  streams: {
    columns: { signer: text, me: text, stream: text, ranges: json<Range[]>(), top: int },
    key: ['signer', 'me', 'stream'],
  },
  /** Outgoing and not yet acknowledged. */
  outbox: {
    columns: {
      id: hexText,
      type: shared<string>(),
      sender: shared<string>(),
      recipient: shared<string>(),
      /** For which key it was sealed: the Host's may be another by now. */
      key: shared<string>(),
      stream: shared<string>(),
      seq: int,
      dedup: text,
      epoch: int,
      expiration: nullable(int),
      line: int,
    },
    key: ['id'],
    index: [
      ['stream', 'recipient'],
      ['sender', 'recipient', 'type', 'dedup'],
      // What was appended since is found at once, however much waits
      ['line'],
    ],
    arrival: ['*'],
  },
  /** The last number given out, per stream and recipient. */
  counters: {
    columns: { stream: text, recipient: text, n: int },
    key: ['stream', 'recipient'],
    arrival: ['*'],
  },
  held_messages: {
    /** `awaits` is what must be here before it can be judged. */
    columns: { id: text, signer: text, me: text, reason: text, awaits: text, at: int, line: int },
    key: ['id'],
    index: [['signer', 'reason'], ['awaits'], ['at']],
    arrival: ['*'],
  },
  /** Wraps opened before; forgotten with the projection file, at the cost of opening them again. */
  seen: { columns: { id: text, at: int }, key: ['id'], index: [['at']], arrival: ['*'] },
  /** Wraps that were refused for good, known again by their id alone; as many as are worth the room. */
  refused: { columns: { id: text, at: int }, key: ['id'], index: [['at']], arrival: ['*'] },
  /** When the wraps of a key were last read to the end at a relay, in Unix seconds; without it all are read. */
  syncs: { columns: { relay: text, key: text, at: int }, key: ['relay', 'key'], arrival: ['*'] },
  /** What each relay was last heard to be and to say; forgotten with the projection file. */
  relays: {
    columns: { relay: text, state: word<RelayState>(), detail: text, at: int },
    key: ['relay'],
    arrival: ['*'],
  },
  rejects: {
    columns: { reason: text, signer: text, count: int, first: int, last: int },
    key: ['reason', 'signer'],
  },
  /** Public keys, the one role each was ever met in, and its newest name; `said` orders what named it. */
  keys: { columns: { pubkey: text, role: word<KeyRole>(), name: text, said: text }, key: ['pubkey'] },
  ...AUTHORITY_ROWS,
  /** `own`: the last claim of a Host; `takeover`: the last by which it took over; `host`: what others pin. */
  epoch: {
    columns: { id: text, n: int, boot: text, event: nullable(text) },
    key: ['id'],
  },
  /** Other boots of the Host that were heard under an epoch, each with the first message of it and when that came here. */
  host_conflicts: {
    columns: { n: int, boot: text, event: text, at: int },
    key: ['n', 'boot'],
  },
  /** `host`: the checkpoint of the Host's ledger that this home holds. */
  witness: {
    columns: {
      id: text,
      event: text,
      size: int,
      root: text,
      restored: int,
      at: int,
      instead: nullable(text),
    },
    key: ['id'],
  },
  /** That the Host's ledger is another one than that of the checkpoint held, with the Host's message by which it shows. */
  rewrites: { columns: { kept: text, event: text, at: int }, key: ['kept'] },
  ...ROUTES_ROWS,
  revisions: {
    columns: { n: int, digest: text, parent: nullable(text), by: text, at: int },
    key: ['n'],
  },
  /** Users of the newest revision, at the Host. */
  users: { columns: { pubkey: text, name: text, revision: int }, key: ['pubkey'], index: [['name']] },
  hellos: {
    columns: {
      pubkey: text,
      role: word<MemberRole>(),
      name: text,
      detail: json<HelloDetail>(),
      at: int,
    },
    key: ['pubkey'],
    index: [['role', 'name']],
  },
  ...OPERATORS_ROWS,
  /** `key`: the only one that may use it, which joined under that name before. */
  invites: {
    columns: { id: text, role: word<MemberRole>(), name: text, expires: int, key: nullable(text) },
    key: ['id'],
  },
  ...RUNNERS_ROWS,
  assignments: {
    columns: {
      id: text,
      node: text,
      runner: text,
      fence: int,
      revision: int,
      lease: int,
      offer: text,
      state: word<AssignmentState>(),
      inputs: json<AssignmentInputs>(),
      pubkey: nullable(text),
      accept: nullable(text),
      reason: nullable(text),
      detail: nullable(text),
      /** The last that said something of it. */
      line: int,
    },
    key: ['id'],
    index: [['node'], ['runner'], ['state'], ['pubkey'], ['line']],
    arrival: ['line'],
  },
  /** The last that an operator decided of where a node runs, by its own number. */
  placed_by_hand: {
    columns: {
      node: text,
      n: int,
      fence: int,
      decision: word<PlacementDecision>(),
      runner: nullable(text),
      by: text,
    },
    key: ['node'],
  },
  /** Sessions that an operator wants ended, and the reason in their words. */
  wanted_cancels: {
    columns: { session: text, by: text, reason: nullable(text), at: int },
    key: ['session'],
  },
  /** Every signed state of a session, ordered by its owner's attempt and step. */
  transitions: {
    columns: {
      kind: word<StatedSubject>(),
      id: shared<string>(),
      attempt: int,
      step: int,
      by: shared<string>(),
      state: word<SessionState | ApprovalState | ArtifactState>(),
      reason: nullable(text),
      detail: nullable(json<RequestDetail | ResultDetail | ArtifactDetail>()),
    },
    key: ['kind', 'id', 'attempt', 'step', 'by'],
    index: [['kind', 'id']],
  },
  sessions: {
    columns: {
      id: text,
      node: shared<string>(),
      requester: shared<string>(),
      title: text,
      attempt: int,
      step: int,
      state: word<SessionState>(),
      reason: nullable(text),
      detail: nullable(json<ResultDetail>()),
      request: nullable(hexText),
      at: int,
      open: flag,
      /** The node key that was asked once more after the end, by a requester that had not heard of it. */
      asked_again: nullable(shared<string>()),
      /** As in approvals. */
      line: int,
      /** When this home wrote that line, in Unix milliseconds by its own clock. */
      kept: int,
    },
    key: ['id'],
    index: [['open', 'node'], ['node', 'reason'], ['at'], ['asked_again'], ['line']],
    arrival: ['line', 'kept'],
  },
  approvals: {
    columns: {
      id: text,
      session: text,
      node: shared<string>(),
      subject: hexText,
      /** Blobs of what is shown; none where it is known only from an observation. */
      diff: json<string[]>(),
      size: int,
      files: int,
      title: text,
      /** Blob of the task, where the request has only its beginning. */
      whole: nullable(text),
      launcher: shared<string>(),
      operation: word<Operation>(),
      /** Of a publication: where which commit is to go; null where it is known only from an observation. */
      target: nullable(json<ApprovedTarget>()),
      path: json<string[]>(),
      /** Grants by which its node would answer it. */
      granted: json<string[]>(),
      expires: int,
      state: word<ApprovalState>(),
      at: int,
      open: flag,
      /** The first line that told of it: what people see is in the order in which it came. */
      line: int,
    },
    key: ['id'],
    index: [['open'], ['session'], ['node', 'open'], ['line']],
    arrival: ['line'],
  },
  /** To whom an approval was put, under which message id. */
  approval_requests: {
    columns: { approval: text, approver: shared<string>(), message: hexText },
    key: ['approval', 'approver'],
  },
  decisions: {
    columns: {
      approval: text,
      approver: shared<string>(),
      decision: word<Decision>(),
      subject: hexText,
      reason: nullable(text),
      message: hexText,
      seq: int,
    },
    key: ['approval', 'approver'],
  },
  ...ASKED_ROWS,
  artifacts: {
    columns: {
      id: text,
      session: text,
      repository: shared<string>(),
      branch: text,
      commit_id: text,
      approval: nullable(text),
      state: word<ArtifactState>(),
      by: shared<string>(),
    },
    key: ['id'],
    index: [['session'], ['approval']],
  },
  turns: {
    columns: {
      session: text,
      attempt: int,
      turn: int,
      status: word<TurnStatus>(),
      exit: nullable(int),
      base: nullable(text),
      expected: nullable(text),
      commit_id: nullable(text),
      changes: nullable(text),
      hunks: nullable(text),
      diff: json<string[]>(),
      size: int,
      files: int,
      approval: text,
      artifact: text,
      expires: int,
      output: text,
      printed: int,
      transcript: json<string[]>(),
      tail: text,
      usage: nullable(json<TurnUsage>()),
    },
    key: ['session', 'attempt', 'turn'],
  },
  /** What agents told of their turns, as the runner says: of one runner the most of it. */
  turn_usage: {
    columns: { session: text, attempt: int, turn: int, by: text, told: json<TurnUsage>() },
    key: ['session', 'attempt', 'turn', 'by'],
  },
  /** Turns that follow because changes were wanted, with the blob of their text. */
  wanted_turns: {
    columns: { session: text, attempt: int, turn: int, task: text, persons: json<string[]>() },
    key: ['session', 'attempt', 'turn'],
  },
  publishes: {
    columns: {
      session: text,
      attempt: int,
      commit_id: text,
      branch: text,
      outcome: nullable(word<PushOutcome>()),
    },
    key: ['session', 'attempt'],
  },
  ...BLOBS_ROWS,
  ...SECRETS_ROWS,
  ...PRINCIPALS_ROWS,
  ...EVIDENCE_ROWS,
});
export type TableName = keyof typeof ROWS;
export type RowOf<T extends TableName> = RowIn<typeof ROWS, T>;
export type Tables = TablesOf<typeof ROWS>;
