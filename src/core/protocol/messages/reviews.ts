/** Reviews: of a commit that its node has not published, by a person or by another node as work. */
import * as z from 'zod';
import { MAX_PARTS, MAX_PATH, MAX_REPOSITORY } from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import {
  commitId,
  count,
  digest,
  graphId,
  list,
  name,
  pubkey,
  text,
  unixSeconds,
  uuid,
} from '../../encoding/schema.ts';
import { PEER_ROLES, REVIEW_VERDICTS } from '../../vocabulary.ts';
import { reviewSentence } from '../consent.ts';
import { sessionMove } from './observe.ts';
import { row } from './row.ts';
import { attached, attachedFile, task, textBlob } from './task-body.ts';

const user = ['user'] as const;
const node = ['node'] as const;
const both = PEER_ROLES;

/** What a review binds to (docs/design.md §6): a commit that its node has, and has not published. */
const reviewSubject = once(() =>
  z.strictObject({
    domain: z.literal('entangle/review/1'),
    graph: graphId,
    review: uuid,
    session: uuid,
    attempt: z.int().min(1).max(1000),
    expiresAt: unixSeconds,
    repository: text(MAX_REPOSITORY),
    /** What the change is to. */
    base: commitId,
    commit: commitId,
    changes: digest,
    /** As in an approval. */
    hunks: digest,
  }),
);

/** What an agent is asked to review: the objects of the commit travel as blobs, and nothing else makes its files. */
const reviewedWork = once(() =>
  z.strictObject({
    subject: reviewSubject(),
    subjectDigest: digest,
    /** Of the asking session: it is over when that has taken another. */
    step: sessionMove().step,
    size: count,
    files: count,
    /** What the engine wants looked at. */
    note: text(400).optional(),
    pack: attachedFile(),
  }),
);

export const reviewRows = {
  'task.review': row({
    signers: node,
    to: node,
    sends: ['reviews.b'],
    body: () => ({ ...task(), review: reviewedWork() }),
    doc: 'Gives a node a commit to review, which is with its asker alone so far: its engine says the verdict, and its session ends.',
  }),
  'review.request': row({
    signers: node,
    to: user,
    sends: ['reviews.b'],
    body: () => ({
      review: uuid,
      session: uuid,
      attempt: z.int().min(1).max(1000),
      /** Of the session while it is asked: it is over when the session has taken another. */
      step: sessionMove().step,
      subject: reviewSubject(),
      subjectDigest: digest,
      diff: list(digest, MAX_PARTS),
      size: count,
      files: count,
      /** What the engine wants looked at. */
      note: text(400).optional(),
      /** What the node was given to do: whole, or its beginning. */
      task: text(400),
      whole: textBlob().optional(),
      attached: attached(),
      path: list(name, MAX_PATH),
      launchedBy: pubkey,
    }),
    doc: 'Asks a person to look at what a running turn has made so far; the turn waits for the verdict.',
  }),
  'review.closed': row({
    signers: node,
    to: both,
    sends: ['reviews.b'],
    follows: ['review.request', 'task.review'],
    body: () => ({ review: uuid, session: uuid, subjectDigest: digest }),
    doc: 'Nobody waits for this verdict any more.',
  }),
  'review.result': row({
    signers: both,
    to: node,
    sends: ['reviews.a'],
    answers: ['review.request', 'task.review'],
    body: () => ({
      review: uuid,
      verdict: z.enum(REVIEW_VERDICTS),
      subject: reviewSubject(),
      subjectDigest: digest,
      reason: text(400).optional(),
      whole: textBlob().optional(),
    }),
    consent: reviewSentence,
    doc: 'What a reviewer, a person or the engine of a node, says of exactly one subject, for the engine that asked: it lets nothing be published.',
  }),
};
