/** One reducer a message type, total by the compiler: what an accepted or composed message means for the read models. */
import type { BodyOf, MessageType } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { Tables } from '../rows.ts';
import {
  reduceApprovalClosed,
  reduceApprovalObserved,
  reduceApprovalRequest,
  reduceDecision,
} from './approval.ts';
import {
  reduceAssignmentAccept,
  reduceAssignmentOffer,
  reduceAssignmentReceipt,
  reduceAssignmentReject,
  reduceAssignmentRevoke,
} from './assignment.ts';
import { reduceRotate } from './authority.ts';
import { nameText, reduceBlobGet, reduceFile } from './blobs.ts';
import { reduceEvidenceLogged, reduceEvidenceRequest, reduceEvidenceStatement } from './evidence.ts';
import { reduceGrant, reduceGrantRevoke } from './grant.ts';
import { reduceEscalation, reduceEscalationClosed, reduceQuestion, reduceReply } from './question.ts';
import { reduceGoodbye, reduceHello, reduceTrust } from './registry.ts';
import { reduceReviewClosed, reduceReviewRequest, reduceReviewResult, reduceReviewWork } from './review.ts';
import { reducePart, reduceRoutes } from './routes.ts';
import { reduceSecretDeny, reduceSecretGrant, reduceSecretRequest } from './secrets.ts';
import { reduceMove, reduceRequest, reduceSessionObserved } from './session.ts';
import { reduceUsage } from './usage.ts';
import { reduceWaiting } from './waiting.ts';
import { reduceArtifact, reduceArtifactObserved } from './work.ts';

export type Reducer<T extends MessageType> = (tables: Tables, told: LedgerMessage<BodyOf<T>>) => void;
/** Observations tell the Host; who made them knows already. */
const heard =
  <T extends MessageType>(reducer: Reducer<T>): Reducer<T> =>
  (tables, told) => {
    if (told.dir === 'in') reducer(tables, told);
  };
/** Kept in the ledger and its index; no read model hangs on it. */
const indexed = () => {};

export const REDUCERS: { readonly [T in MessageType]: Reducer<T> } = {
  'authority.rotate': reduceRotate,
  'runner.trust': reduceTrust,
  routes: reduceRoutes,
  'assignment.offer': reduceAssignmentOffer,
  'assignment.renew': indexed,
  'assignment.revoke': reduceAssignmentRevoke,
  'session.cancel': indexed,
  'secret.grant': reduceSecretGrant,
  'secret.deny': reduceSecretDeny,
  'evidence.statement': reduceEvidenceStatement,
  'evidence.logged': reduceEvidenceLogged,
  'host.beat': indexed,
  'checkpoint.proof': indexed,
  'runner.hello': reduceHello,
  'runner.heartbeat': indexed,
  'runner.goodbye': reduceGoodbye,
  'checkpoint.request': indexed,
  'assignment.accept': reduceAssignmentAccept,
  'assignment.reject': reduceAssignmentReject,
  'assignment.receipt': reduceAssignmentReceipt,
  'secret.request': reduceSecretRequest,
  'session.observed': heard(reduceSessionObserved),
  'turn.observed': reduceUsage,
  'approval.observed': reduceApprovalObserved,
  'artifact.observed': heard(reduceArtifactObserved),
  'evidence.request': reduceEvidenceRequest,
  'conversation.observed': indexed,
  'recovery.observed': indexed,
  'source.observed': indexed,
  'waiting.observed': heard(reduceWaiting),
  'user.hello': reduceHello,
  'task.request': reduceRequest,
  'task.handoff': reduceRequest,
  'task.escalate': reduceRequest,
  'task.review': reduceReviewWork,
  'task.cancel': nameText,
  reply: reduceReply,
  'approval.response': reduceDecision,
  'publish.request': indexed,
  'review.result': reduceReviewResult,
  grant: reduceGrant,
  'grant.revoke': reduceGrantRevoke,
  'turn.trace': indexed,
  'task.accept': reduceMove,
  'task.update': reduceMove,
  'task.result': reduceMove,
  'task.waiting': reduceWaiting,
  question: reduceQuestion,
  escalation: reduceEscalation,
  'escalation.closed': reduceEscalationClosed,
  'approval.request': reduceApprovalRequest,
  'approval.closed': reduceApprovalClosed,
  'review.request': reduceReviewRequest,
  'review.closed': reduceReviewClosed,
  'publish.result': indexed,
  'artifact.file': reduceFile,
  'artifact.ref': reduceArtifact,
  ack: indexed,
  'blob.get': reduceBlobGet,
  'blob.part': reducePart,
};
