/** Messages between nodes: what a person or a node asks, and what a node runtime answers. */

import * as z from 'zod';
import { turnUsage } from '../../acp/usage.ts';
import {
  MAX_ASKED,
  MAX_BLOB_BYTES,
  MAX_PARTS,
  MAX_PATH,
  MAX_REPOSITORY,
  MAX_SSH_KEY,
  MAX_SSH_KEYS,
  MAX_SSHSIG,
  MAX_TRACE_BYTES,
  MAX_TRANSCRIPT_BLOBS,
  MAX_TURNS,
} from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import {
  commitId,
  count,
  digest,
  hex,
  list,
  mediaType,
  name,
  pubkey,
  reason,
  text,
  uuid,
} from '../../encoding/schema.ts';
import {
  APPROVAL_ENDINGS,
  ARTIFACT_STATES,
  ASSURANCES,
  BINDINGS,
  CALL_OPERATIONS,
  DECISIONS,
  EVIDENCE_LEVELS,
  PEER_ROLES,
  QUESTION_KINDS,
  WORK_TYPES,
} from '../../vocabulary.ts';
import { consentSentence } from '../consent.ts';
import { inviteProof, sessionMove, waitingMove } from './observe.ts';
import { publishSubject, subjectMembers } from './publish-subject.ts';
import { row, usedGrants } from './row.ts';
import { attached, attachedFile, task, textBlob } from './task-body.ts';

const user = ['user'] as const;
const node = ['node'] as const;
const both = PEER_ROLES;
const fromNode = { signers: node, to: both };
const asked = ['delegates_to.a', 'peers_with.a', 'peers_with.b'] as const;
const told = ['delegates_to.b', 'peers_with.a', 'peers_with.b'] as const;
const worked = [...told, 'hands_off_to.b', 'escalates_to.b'] as const;
const answered = [...worked, 'reviews.a'] as const;

/** All that the engine of a turn printed, as its node has it: the blobs that it is cut into, in their order, and the digest of it whole. */
const transcript = once(() =>
  z.strictObject({
    attempt: z.int().min(1).max(1000),
    turn: z.int().min(1).max(MAX_TURNS),
    sha256: digest,
    size: z
      .int()
      .min(1)
      .max(MAX_TRANSCRIPT_BLOBS * MAX_BLOB_BYTES),
    blobs: list(digest, MAX_TRANSCRIPT_BLOBS),
    usage: turnUsage().optional().describe('what its agent told of the turn'),
  }),
);
export type Transcript = z.infer<ReturnType<typeof transcript>>;

/** A call that an agent asks for while its turn waits; what of it is bound is what the agent gave. */
const callSubject = once(() =>
  z.strictObject({
    ...subjectMembers(),
    operation: z.enum(CALL_OPERATIONS),
    turn: z.int().min(1).max(MAX_TURNS),
    binding: z.enum(BINDINGS),
    /** Exactly as the agent gave it, or the change of its file; null where it gave none. */
    command: text(MAX_ASKED).nullable(),
    /** What the agent calls it. */
    words: text(MAX_ASKED),
    /** All else that the agent gave of the call, as canonical JSON; null where it gave nothing. */
    input: text(MAX_ASKED).nullable(),
    /** The answer that the agent gets, of those that it offered; null where its runner does it. */
    option: z.strictObject({ id: text(256), kind: text(64), name: text(256) }).nullable(),
  }),
);

export const approvalSubject = once(() =>
  z.discriminatedUnion('operation', [publishSubject(), callSubject()]),
);
export type ApprovalSubject = z.infer<ReturnType<typeof approvalSubject>>;
export type CallSubject = z.infer<ReturnType<typeof callSubject>>;

/** Messages of a User Node. */
export const userRows = {
  'user.hello': row({
    signers: user,
    to: ['host'],
    admission: true,
    body: () => ({ name, invite: inviteProof().optional() }),
    doc: 'A person’s node presents itself; no invite is needed when the key is in the active graph.',
  }),
  'task.request': row({
    signers: both,
    to: node,
    sends: asked,
    body: () => task(),
    doc: 'Launches a task (a person) or delegates one (a node). An attempt is asked of one node key; another is asked for the next one.',
  }),
  'task.cancel': row({
    signers: both,
    to: node,
    sends: ['delegates_to.a', 'hands_off_to.a', 'escalates_to.a'],
    body: () => ({ session: uuid, reason: text(400), whole: textBlob().optional() }),
    doc: 'Ends a task that its sender gave.',
  }),
  reply: row({
    signers: user,
    to: node,
    sends: [...asked, 'escalates_to.b'],
    answers: QUESTION_KINDS,
    body: () => ({ session: uuid, question: uuid, text: text(6000), whole: textBlob().optional() }),
    doc: 'What the person says to a question or an escalation of the node, for its engine.',
  }),
  'approval.response': row({
    signers: user,
    to: node,
    sends: ['approves.a'],
    answers: ['approval.request'],
    body: () => ({
      approval: uuid,
      decision: z.enum(DECISIONS),
      subject: approvalSubject(),
      subjectDigest: digest,
      reason: text(400).optional(),
      whole: textBlob().optional(),
      /** In base64: over the digest, by an SSH key that the graph has of this person. */
      sshsig: text(MAX_SSHSIG).optional(),
    }),
    consent: consentSentence,
    doc: 'A person’s decision about exactly one subject, which it repeats: who reads it needs nothing else.',
  }),
  'publish.request': row({
    signers: user,
    to: node,
    sends: ['delegates_to.a', 'approves.a'],
    body: () => ({ session: uuid, commit: commitId }),
    doc: 'Asks a node to push once more exactly the commit that a session ended with: it approves nothing, and needs what was approved.',
  }),
};

/** What an engine asks of a person in words. */
const inWords = once(() => ({
  session: uuid,
  attempt: z.int().min(1).max(1000),
  /** Of the session while it is asked: it is over when the session has taken another. */
  step: sessionMove().step,
  question: uuid,
  /** Whole, or its beginning. */
  text: text(400),
  whole: textBlob().optional(),
}));

/** Messages of a node runtime. */
export const nodeRows = {
  'turn.trace': row({
    signers: node,
    to: user,
    sends: [...told, 'approves.b'],
    ephemeral: true,
    body: () => ({
      session: uuid,
      attempt: z.int().min(1).max(1000),
      turn: z.int().min(1).max(MAX_TURNS),
      /** Of the engine: a turn that is run again begins anew. */
      run: hex(8),
      /** Bytes of the output before these, and how many these are: what is missing between two of them shows. */
      at: z
        .int()
        .min(0)
        .max(2 ** 31),
      /** None in the one that says how many there were, when the turn is over. */
      bytes: z.int().min(0).max(MAX_TRACE_BYTES),
      text: text(MAX_TRACE_BYTES),
    }),
    doc: 'What the engine of a running turn prints, as it comes: shown, never kept, and nothing rests on it.',
  }),
  'task.handoff': row({
    signers: node,
    to: node,
    sends: ['hands_off_to.a'],
    body: () => task(),
    doc: 'Hands on a task that the node was given: what becomes of it there becomes of its own session.',
  }),
  'task.escalate': row({
    signers: node,
    to: node,
    sends: ['escalates_to.a'],
    body: () => task(),
    doc: 'Puts to another agent what the engine of a running turn cannot decide: work for it, whose end answers.',
  }),
  'task.accept': row({
    ...fromNode,
    sends: answered,
    answers: WORK_TYPES,
    body: () => sessionMove(),
    doc: 'The node takes the task.',
  }),
  'task.update': row({
    ...fromNode,
    sends: answered,
    answers: WORK_TYPES,
    body: () => ({ ...sessionMove(), note: text(1000).optional(), transcript: transcript().optional() }),
    doc: 'The task goes on: running, or waiting for a decision.',
  }),
  'task.result': row({
    ...fromNode,
    sends: answered,
    answers: WORK_TYPES,
    body: () => ({
      ...sessionMove(),
      reason: reason.optional(),
      summary: text(2000).optional(),
      commit: commitId.optional(),
      /** Of the last turn of the attempt. */
      transcript: transcript().optional(),
    }),
    doc: 'The one terminal outcome of an attempt.',
  }),
  'task.waiting': row({
    ...fromNode,
    sends: answered,
    answers: WORK_TYPES,
    body: () => waitingMove(),
    doc: 'The task waits for somebody who has not acknowledged what its node asks, or does so no more.',
  }),
  question: row({
    signers: node,
    to: user,
    sends: told,
    answers: ['task.request'],
    body: () => inWords(),
    doc: 'What the engine of a running turn asks the person who launched its task; the turn waits for the answer.',
  }),
  escalation: row({
    signers: node,
    to: user,
    sends: ['escalates_to.a'],
    body: () => ({ ...inWords(), path: list(name, MAX_PATH) }),
    doc: 'What the engine of a running turn puts to a person who need not have launched its task; the turn waits for the answer.',
  }),
  'escalation.closed': row({
    signers: node,
    to: user,
    sends: ['escalates_to.a'],
    follows: ['escalation'],
    body: () => ({ session: uuid, question: uuid }),
    doc: 'Nobody waits for an answer to this escalation any more.',
  }),
  'approval.request': row({
    signers: node,
    to: user,
    sends: ['approves.b'],
    body: () => ({
      approval: uuid,
      session: uuid,
      subject: approvalSubject(),
      subjectDigest: digest,
      /** The blobs that the shown document is cut into, in their order. */
      diff: list(digest, MAX_PARTS),
      size: count,
      /** What the node was given to do: whole, or its beginning. */
      task: text(400),
      whole: textBlob().optional(),
      attached: attached(),
      path: list(name, MAX_PATH),
      launchedBy: pubkey,
      files: count,
      /** Why the remote would refuse what is approved: asked before, and no promise. */
      objection: text(400).optional(),
      /** Those by which it would be approved now: who gave one need not be asked. */
      grants: list(uuid, 4).optional(),
      /** Of a command that its agent would run: whether its runner saw it wait for such approvals. */
      seen: z.boolean().optional(),
      /** Of the turn that made it. */
      transcript: transcript().optional(),
      /** What anybody may read beside a published commit; digests when left out. */
      evidence: z.enum(EVIDENCE_LEVELS).optional(),
      /** What each approval takes beside the key of who gives it. */
      assurance: z.enum(ASSURANCES).optional(),
      /** The SSH keys that the graph has of who is asked. */
      ssh: list(text(MAX_SSH_KEY), MAX_SSH_KEYS).optional(),
    }),
    doc: 'Asks for a decision about exactly one subject; what is shown of a change travels as blobs.',
  }),
  'approval.closed': row({
    signers: node,
    to: user,
    sends: ['approves.b'],
    follows: ['approval.request'],
    body: () => ({
      approval: uuid,
      session: uuid,
      state: z.enum(APPROVAL_ENDINGS),
      subjectDigest: digest,
      /** Those by which it was approved, and which of its uses this was of each. */
      grants: usedGrants().optional(),
    }),
    doc: 'The owner’s word on how an approval ended.',
  }),
  'publish.result': row({
    signers: node,
    to: user,
    sends: ['delegates_to.b', 'approves.b'],
    answers: ['publish.request'],
    body: () => ({
      session: uuid,
      commit: commitId,
      reason: reason.optional(),
      summary: text(2000).optional(),
    }),
    doc: 'What came of pushing a commit once more: the reason for which it is not on the remote, none where it is.',
  }),
  'artifact.file': row({
    signers: node,
    to: user,
    sends: [...told, 'approves.b'],
    body: () => ({
      artifact: uuid,
      session: uuid,
      attempt: z.int().min(1).max(1000),
      file: attachedFile(),
      media: mediaType,
      words: text(400).optional(),
    }),
    doc: 'A file that the engine of a running turn gives to people besides its commit; its bytes travel as blobs to who asks.',
  }),
  'artifact.ref': row({
    ...fromNode,
    sends: [...worked, 'approves.b'],
    body: () => ({
      artifact: uuid,
      session: uuid,
      /** Published when left out. */
      state: z.enum(ARTIFACT_STATES).optional(),
      repository: text(MAX_REPOSITORY),
      branch: text(200),
      commit: commitId,
      approval: uuid.nullable(),
      /** Why it will not be there, in words. */
      why: text(400).optional(),
      /** Of what is published nowhere: its objects beyond those of its base, for whoever this is told to. */
      kept: z.strictObject({ base: commitId, pack: attachedFile() }).optional(),
    }),
    doc: 'A work product took a state: its commit is made, is where it says, was replaced by a later one, or will not be there.',
  }),
};
