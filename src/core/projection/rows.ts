/** The read models of every home: Host, runner and user fold the same tables from what their ledgers hold. */
import type { Schema } from './tables.ts';

/** Raise it when a table or a reducer changes: an older projection file is then thrown away and folded anew. */
export const SCHEMA_VERSION = 6;

export const ROWS = {
  /** The last line that was folded: a projection of another ledger, or of lines that never became durable, shows. */
  head: { columns: { id: 'text', n: 'int', chain: 'text' }, key: ['id'], arrival: ['*'] },
  /** Index into the ledger: one row for each line; two nodes of one home have what passes between them twice. */
  messages: {
    columns: {
      id: 'text',
      type: 'text',
      dir: 'text',
      sender: 'text',
      recipient: 'text',
      dedup: 'text',
      re: 'text',
      session: 'text',
      stream: 'text',
      seq: 'int',
      at: 'int',
      line: 'int',
      /** When this home wrote the line, in Unix milliseconds by its own clock. */
      kept: 'int',
    },
    key: ['id', 'dir'],
    index: [
      ['type', 'dir'],
      ['session'],
      ['sender', 'recipient', 'type', 'dedup'],
      ['sender', 'recipient', 'type', 'dir', 'line'],
      ['sender', 'recipient', 'stream', 'seq'],
      ['re', 'type'],
    ],
    arrival: ['line', 'kept'],
  },
  /** What was opened over an edge, by the message that did; `open` until it is answered or its session is over. */
  exchanges: {
    columns: {
      id: 'text',
      dir: 'text',
      type: 'text',
      sender: 'text',
      recipient: 'text',
      session: 'text',
      open: 'int',
    },
    key: ['id', 'dir'],
    index: [['sender', 'recipient', 'type', 'dir', 'open'], ['session']],
  },
  /** Effect keys, kept for good: what a signer said to one of this home's keys under a dedup key. */
  dedup: {
    columns: { signer: 'text', me: 'text', type: 'text', key: 'text', content: 'text' },
    key: ['signer', 'me', 'type', 'key'],
  },
  /** Which numbers of a stream are here, as JSON ranges. */
  streams: {
    columns: { signer: 'text', me: 'text', stream: 'text', ranges: 'text', top: 'int' },
    key: ['signer', 'me', 'stream'],
  },
  /** Outgoing and not yet acknowledged. */
  outbox: {
    columns: {
      id: 'text',
      type: 'text',
      sender: 'text',
      recipient: 'text',
      stream: 'text',
      seq: 'int',
      dedup: 'text',
      epoch: 'int',
      expiration: 'int',
      line: 'int',
    },
    key: ['id'],
    index: [
      ['stream', 'recipient'],
      ['sender', 'recipient', 'type', 'dedup'],
    ],
    arrival: ['*'],
  },
  /** The last number given out, per stream and recipient. */
  counters: {
    columns: { stream: 'text', recipient: 'text', n: 'int' },
    key: ['stream', 'recipient'],
    arrival: ['*'],
  },
  held: {
    columns: { id: 'text', signer: 'text', me: 'text', reason: 'text', at: 'int', line: 'int' },
    key: ['id'],
    index: [['signer']],
    arrival: ['*'],
  },
  /** Wraps opened before; forgotten with the projection file, at the cost of opening them again. */
  seen: { columns: { id: 'text', at: 'int' }, key: ['id'], index: [['at']], arrival: ['*'] },
  /** When the wraps of a key were last read to the end at a relay, in Unix seconds; without it all are read. */
  syncs: { columns: { relay: 'text', key: 'text', at: 'int' }, key: ['relay', 'key'], arrival: ['*'] },
  rejects: {
    columns: { reason: 'text', signer: 'text', count: 'int', first: 'int', last: 'int' },
    key: ['reason', 'signer'],
  },
  /** Public keys, the one role each was ever met in, and its newest name; `said` orders what named it. */
  keys: { columns: { pubkey: 'text', role: 'text', name: 'text', said: 'text' }, key: ['pubkey'] },
  epoch: {
    columns: { id: 'text', n: 'int', boot: 'text', event: 'text' },
    key: ['id'],
  },
  /** Newest routes by whose they are (a public key), and the peers they name. */
  routes: {
    columns: {
      owner: 'text',
      name: 'text',
      kind: 'text',
      epoch: 'int',
      n: 'int',
      revision: 'int',
      digest: 'text',
      policy: 'text',
      approval: 'text',
      content: 'text',
      /** How many peers they name. */
      peers: 'int',
    },
    key: ['owner'],
    index: [['kind']],
  },
  peers: {
    columns: {
      owner: 'text',
      name: 'text',
      pubkey: 'text',
      kind: 'text',
      person: 'text',
      relations: 'text',
    },
    key: ['owner', 'name'],
    index: [['owner', 'pubkey'], ['pubkey']],
  },
  revisions: {
    columns: { n: 'int', digest: 'text', parent: 'text', by: 'text', at: 'int' },
    key: ['n'],
  },
  /** Users of the newest revision, at the Host. */
  users: { columns: { pubkey: 'text', name: 'text', revision: 'int' }, key: ['pubkey'], index: [['name']] },
  hellos: {
    columns: { pubkey: 'text', role: 'text', name: 'text', detail: 'text', at: 'int', invite: 'text' },
    key: ['pubkey'],
    index: [['role', 'name'], ['invite']],
  },
  /** Revoked ones stay, so that no name and no token comes back; times in Unix seconds, `line` orders them. */
  operators: {
    columns: { name: 'text', role: 'text', sha256: 'text', expires: 'int', line: 'int' },
    key: ['name'],
    arrival: ['line'],
  },
  operator_revocations: { columns: { name: 'text', at: 'int' }, key: ['name'] },
  invites: {
    columns: { id: 'text', role: 'text', name: 'text', expires: 'int' },
    key: ['id'],
  },
  /** Trust in runners, as the Host said it. */
  trust: {
    columns: { pubkey: 'text', name: 'text', state: 'text', epoch: 'int', seq: 'int' },
    key: ['pubkey'],
    index: [['name']],
  },
  assignments: {
    columns: {
      id: 'text',
      node: 'text',
      runner: 'text',
      fence: 'int',
      revision: 'int',
      lease: 'int',
      offer: 'text',
      state: 'text',
      inputs: 'text',
      pubkey: 'text',
      accept: 'text',
      reason: 'text',
    },
    key: ['id'],
    index: [['node'], ['runner'], ['state'], ['pubkey']],
  },
  /** Every signed state of a session, ordered by its owner's attempt and step. */
  moves: {
    columns: {
      kind: 'text',
      id: 'text',
      attempt: 'int',
      step: 'int',
      by: 'text',
      state: 'text',
      reason: 'text',
      detail: 'text',
    },
    key: ['kind', 'id', 'attempt', 'step', 'by'],
    index: [['kind', 'id']],
  },
  sessions: {
    columns: {
      id: 'text',
      node: 'text',
      requester: 'text',
      title: 'text',
      attempt: 'int',
      step: 'int',
      state: 'text',
      reason: 'text',
      detail: 'text',
      request: 'text',
      at: 'int',
      open: 'int',
    },
    key: ['id'],
    index: [['open', 'node'], ['node', 'reason'], ['at']],
  },
  approvals: {
    columns: {
      id: 'text',
      session: 'text',
      node: 'text',
      subject: 'text',
      diff: 'text',
      size: 'int',
      files: 'int',
      title: 'text',
      launcher: 'text',
      path: 'text',
      expires: 'int',
      state: 'text',
      at: 'int',
      open: 'int',
    },
    key: ['id'],
    index: [['open'], ['session']],
  },
  /** To whom an approval was put, under which message id. */
  asked: {
    columns: { approval: 'text', approver: 'text', message: 'text' },
    key: ['approval', 'approver'],
  },
  decisions: {
    columns: {
      approval: 'text',
      approver: 'text',
      decision: 'text',
      subject: 'text',
      reason: 'text',
      message: 'text',
      seq: 'int',
    },
    key: ['approval', 'approver'],
  },
  artifacts: {
    columns: {
      id: 'text',
      session: 'text',
      repository: 'text',
      branch: 'text',
      commit_id: 'text',
      approval: 'text',
      state: 'text',
      by: 'text',
    },
    key: ['id'],
    index: [['session']],
  },
  turns: {
    columns: {
      session: 'text',
      attempt: 'int',
      status: 'text',
      exit: 'int',
      base: 'text',
      expected: 'text',
      commit_id: 'text',
      changes: 'text',
      diff: 'text',
      size: 'int',
      files: 'int',
      approval: 'text',
      artifact: 'text',
      expires: 'int',
      output: 'text',
      tail: 'text',
    },
    key: ['session', 'attempt'],
  },
  publishes: {
    columns: { session: 'text', attempt: 'int', commit_id: 'text', branch: 'text', outcome: 'text' },
    key: ['session', 'attempt'],
  },
  /** Bytes that a message between two parties named. */
  named: {
    columns: { sha256: 'text', holder: 'text', reader: 'text', size: 'int' },
    key: ['sha256', 'holder', 'reader'],
    index: [['reader']],
  },
  gets: {
    columns: { id: 'text', sha256: 'text', asker: 'text', holder: 'text', served: 'int' },
    key: ['id'],
    index: [['served']],
  },
  parts: {
    columns: { sha256: 'text', n: 'int', of: 'int', id: 'text', line: 'int' },
    key: ['sha256', 'n'],
    arrival: ['*'],
  },
} as const satisfies Schema;
export type TableName = keyof typeof ROWS;
