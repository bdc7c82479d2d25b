/** Messages of a runner to the Host: receipts (“I did”) and observations (“I saw”). */
import * as z from 'zod';
import { probeRecord } from '../../acp/probe-record.ts';
import { turnUsage } from '../../acp/usage.ts';
import {
  CAPACITY,
  MAX_NODE_SECRETS,
  MAX_PROBE,
  MAX_REPOSITORY,
  MAX_TURNS,
  MAX_UNREACHED,
  MAX_WAITING_TOLD,
  MEMORY,
} from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import {
  commitId,
  count,
  digest,
  hex,
  labels,
  list,
  name,
  pubkey,
  reason,
  text,
  unixSeconds,
  uuid,
} from '../../encoding/schema.ts';
import { reachedPlaces } from '../../graph/network.ts';
import {
  APPROVAL_STATES,
  ARTIFACT_STATES,
  CONVERSATION_MOVES,
  ENGINE_TYPES,
  MEMBER_ROLES,
  OPERATIONS,
  RECEIPT_STATES,
  RECOVERY_KINDS,
  RELATIONS,
  SANDBOX_KINDS,
  SESSION_STATES,
  TURN_STATUSES,
  WAITED_FOR,
} from '../../vocabulary.ts';
import { publishSubject } from './publish-subject.ts';
import { row, signedEvent, usedGrants } from './row.ts';

const from = { signers: ['runner'] as const, to: ['host'] as const };
/** What a joiner proves with the invite: HMAC over (domain, host, self, graph, role, name). */
export const inviteProof = once(() => z.strictObject({ id: uuid, hmac: hex(32) }));

/** Attempt and step order the states of a session; both are counted by its owner, the executing node. */
export const sessionMove = once(() => ({
  session: uuid,
  attempt: z.int().min(1).max(1000),
  step: z.int().min(1).max(100_000),
  state: z.enum(SESSION_STATES),
}));

/** Whom a node waits for without having reached them; `n` orders what is said of it in one attempt. */
export const waitingMove = once(() => ({
  session: uuid,
  attempt: z.int().min(1).max(1000),
  n: z.int().min(1).max(MAX_WAITING_TOLD),
  /** Empty when all of them were reached, or nobody is waited for any more. */
  unreached: list(
    z.strictObject({
      node: name.describe('the one that waits'),
      name: name.describe('whom it waits for'),
      ask: z.enum(WAITED_FOR),
      since: unixSeconds,
    }),
    MAX_UNREACHED,
  ),
}));

/** As many as a heartbeat, and the renewal that answers it, carry in one message. */
export const LEASES_A_BEAT = 128;

export const observe = {
  'runner.hello': row({
    ...from,
    admission: true,
    body: () => ({
      name,
      version: text(32),
      platform: text(64),
      labels,
      engines: list(z.enum(ENGINE_TYPES), 8),
      sandbox: list(z.enum(SANDBOX_KINDS), 4),
      capacity: z.int().min(CAPACITY.least).max(CAPACITY.most),
      memory: z.int().min(1).max(MEMORY.most).optional().describe('that its turns may take together, in MiB'),
      probes: list(probeRecord(), MAX_PROBE.told)
        .optional()
        .describe('what it saw of agents that are still as they were tried, the newest last'),
      leaving: z
        .literal(true)
        .optional()
        .describe('it leaves: it takes no node, begins nothing more, and gives back what it has'),
      invite: inviteProof().optional(),
    }),
    doc: 'A runner presents itself; the first time with the proof of its invite.',
  }),
  'runner.heartbeat': row({
    ...from,
    ephemeral: true,
    body: () => ({
      beat: hex(16),
      running: count,
      leases: list(z.strictObject({ assignment: uuid, fence: count }), LEASES_A_BEAT),
    }),
    doc: 'The runner lives and asks for its leases to be renewed.',
  }),
  'runner.goodbye': row({
    ...from,
    isLast: true,
    body: () => ({}),
    doc: 'The runner has let go of all that it held, and is one no more: its key is good for nothing after this.',
  }),
  'checkpoint.request': row({
    signers: MEMBER_ROLES,
    to: ['host'],
    ephemeral: true,
    body: () => ({ held: hex(32).nullable().describe('the id of the checkpoint that the asker holds') }),
    doc: 'Asks for a newer checkpoint of the Host’s ledger than the one that is held here.',
  }),
  'assignment.accept': row({
    ...from,
    answers: ['assignment.offer'],
    body: () => ({ assignment: uuid, node: name, fence: count, pubkey, proof: signedEvent() }),
    doc: 'Takes an assignment and introduces the node key, which signs the proof.',
  }),
  'assignment.reject': row({
    ...from,
    answers: ['assignment.offer'],
    body: () => ({ assignment: uuid, fence: count, reason, detail: text(400).optional() }),
    doc: 'Refuses an assignment, with the reason.',
  }),
  'assignment.receipt': row({
    ...from,
    body: () => ({
      assignment: uuid,
      fence: count,
      state: z.enum(RECEIPT_STATES),
      detail: text(400).optional(),
    }),
    doc: 'What became of an accepted assignment.',
  }),
  'secret.request': row({
    ...from,
    body: () => ({
      assignment: uuid,
      fence: count,
      name,
      key: pubkey.describe('made for this request, and kept nowhere but in memory'),
      principal: z
        .literal(true)
        .optional()
        .describe('the name is that of its git principal, and what that logs in with is asked for'),
      publish: z
        .strictObject({
          subject: publishSubject(),
          evidence: list(signedEvent(), 8).describe('approvals, as signed by the people who gave them'),
        })
        .optional()
        .describe('what it is to push: what the principal withholds is asked for, too'),
    }),
    doc: 'Asks for a secret that the node of this assignment names, or for its git principal: what that reads with, or for an approved publication what it pushes with.',
  }),
  'session.observed': row({
    ...from,
    body: () => ({
      ...sessionMove(),
      node: name,
      requester: pubkey,
      reason: reason.optional(),
      evidence: list(signedEvent(), 2),
    }),
    doc: 'A session took a state; what others decided is embedded as their signed events. With its first step and its end comes the request, as signed by who asked: no attempt begins without one that asked a key of this runner.',
  }),
  'turn.observed': row({
    ...from,
    body: () => ({
      session: uuid,
      attempt: count,
      turn: z.int().min(1).max(MAX_TURNS),
      status: z.enum(TURN_STATUSES),
      exitCode: z.int().min(-1).max(255).nullable(),
      engine: z.enum(ENGINE_TYPES),
      sandbox: z.enum(SANDBOX_KINDS),
      output: digest,
      usage: turnUsage().optional().describe('what its agent told of it'),
      network: reachedPlaces().optional().describe('where its sandbox had a way to the network'),
      secrets: list(name, MAX_NODE_SECRETS + 1)
        .optional()
        .describe('names of those that its engine was given, where it was given any'),
    }),
    doc: 'An engine ran: how it ended, in which sandbox, the digest of what it printed, what it asked of the network, which secrets it was given.',
  }),
  'approval.observed': row({
    ...from,
    body: () => ({
      approval: uuid,
      session: uuid,
      operation: z.enum(OPERATIONS),
      state: z.enum(APPROVAL_STATES),
      subjectDigest: digest,
      /** By grants: what the subject has of its own, and which of its uses this was of each. */
      granted: z
        .strictObject({
          attempt: count,
          fence: count,
          expiresAt: unixSeconds,
          turn: z.int().min(1).max(MAX_TURNS),
          grants: usedGrants(),
        })
        .optional(),
      evidence: list(signedEvent(), 4),
    }),
    doc: 'An approval took a state; decisions are embedded as signed by the people who made them.',
  }),
  'artifact.observed': row({
    ...from,
    body: () => ({
      artifact: uuid,
      session: uuid,
      state: z.enum(ARTIFACT_STATES),
      repository: text(MAX_REPOSITORY),
      branch: text(200),
      commit: commitId,
      approval: uuid.nullable(),
    }),
    doc: 'A work product took a state.',
  }),
  'evidence.request': row({
    ...from,
    body: () => ({
      session: uuid,
      approval: uuid,
      tree: commitId.describe('of the commit'),
      subject: publishSubject(),
      evidence: list(signedEvent(), 8).describe('approvals, as signed by the people who gave them'),
    }),
    doc: 'Asks the Host to state who approved a commit that was published, for anybody to check.',
  }),
  'conversation.observed': row({
    ...from,
    body: () => ({
      session: uuid.describe('whose node did it'),
      conversation: uuid.describe('the session that was opened or answered'),
      move: z.enum(CONVERSATION_MOVES),
      peer: name,
      relation: z.enum(RELATIONS),
      message: hex(32).describe('the id of the signed message that did it'),
    }),
    doc: 'A node opened or answered an exchange with another agent over an edge.',
  }),
  'recovery.observed': row({
    ...from,
    body: () => ({
      session: uuid,
      attempt: count,
      turn: z.int().min(1).max(MAX_TURNS).optional(),
      kind: z.enum(RECOVERY_KINDS),
    }),
    doc: 'What had begun was cut off, and how it goes on.',
  }),
  'waiting.observed': row({
    ...from,
    body: () => waitingMove(),
    doc: 'A node waits for somebody who has not acknowledged what it asks, or does so no more.',
  }),
  'source.observed': row({
    ...from,
    body: () => ({
      session: uuid,
      attempt: count,
      turn: z.int().min(1).max(MAX_TURNS),
      repository: text(MAX_REPOSITORY),
      branch: text(200),
      base: commitId,
      head: commitId,
    }),
    doc: 'A turn has its files: the head that it works on, and the base of the branch that was fetched.',
  }),
};
