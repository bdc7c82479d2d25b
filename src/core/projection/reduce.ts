/** One reducer a message type, total by the compiler: what an accepted or composed message means for the read models. */
import type { BodyOf, MessageType } from '../protocol/table.ts';
import {
  reduceApprovalClosed,
  reduceApprovalObserved,
  reduceApprovalRequest,
  reduceDecision,
} from './reduce-approval.ts';
import {
  reduceAssignmentAccept,
  reduceAssignmentOffer,
  reduceAssignmentReceipt,
  reduceAssignmentReject,
  reduceAssignmentRevoke,
} from './reduce-assignment.ts';
import { reduceBlobGet, reduceBlobPart, reduceReviewRequest } from './reduce-blobs.ts';
import { reduceHello, reduceRoutes, reduceTrust } from './reduce-registry.ts';
import { reduceMove, reduceRequest, reduceSessionObserved } from './reduce-session.ts';
import { reduceArtifact, reduceArtifactObserved } from './reduce-work.ts';
import type { Tables } from './tables.ts';
import type { Told } from './told.ts';

export type Reducer<T extends MessageType> = (tables: Tables, told: Told<BodyOf<T>>) => void;
/** Observations tell the Host; who made them knows already. */
const heard =
  <T extends MessageType>(reducer: Reducer<T>): Reducer<T> =>
  (tables, told) => {
    if (told.dir === 'in') reducer(tables, told);
  };
/** Kept in the ledger and its index; no read model hangs on it. */
const indexed = () => {};

export const REDUCERS: { readonly [T in MessageType]: Reducer<T> } = {
  'runner.trust': reduceTrust,
  routes: reduceRoutes,
  'assignment.offer': reduceAssignmentOffer,
  'assignment.renew': indexed,
  'assignment.revoke': reduceAssignmentRevoke,
  'session.cancel': indexed,
  'secret.grant': indexed,
  'authority.rotate': indexed,
  'host.beat': indexed,
  'runner.hello': reduceHello,
  'runner.heartbeat': indexed,
  'runner.goodbye': indexed,
  'assignment.accept': reduceAssignmentAccept,
  'assignment.reject': reduceAssignmentReject,
  'assignment.receipt': reduceAssignmentReceipt,
  'secret.request': indexed,
  'session.observed': heard(reduceSessionObserved),
  'conversation.observed': indexed,
  'turn.observed': indexed,
  'approval.observed': heard(reduceApprovalObserved),
  'artifact.observed': heard(reduceArtifactObserved),
  'source.observed': indexed,
  'recovery.observed': indexed,
  'log.summary': indexed,
  'user.hello': reduceHello,
  'task.request': reduceRequest,
  'task.cancel': indexed,
  reply: indexed,
  'approval.response': reduceDecision,
  'review.result': indexed,
  'task.accept': reduceMove,
  'task.reject': reduceMove,
  'task.update': reduceMove,
  'task.result': reduceMove,
  'task.handoff': indexed,
  escalation: indexed,
  question: indexed,
  'review.request': reduceReviewRequest,
  'approval.request': reduceApprovalRequest,
  'approval.closed': reduceApprovalClosed,
  'artifact.ref': reduceArtifact,
  ack: indexed,
  'blob.get': reduceBlobGet,
  'blob.part': reduceBlobPart,
};
