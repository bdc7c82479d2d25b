/** Tables of what engines ask people while their turns run. */
import type { BodyOf } from '../protocol/table.ts';
import type { GrantReach, Operation, QuestionKind, ReviewVerdict } from '../vocabulary.ts';
import { flag, int, json, nullable, text, word } from './tables.ts';

export type Unreached = BodyOf<'task.waiting'>['unreached'][number];

/** In words: of who leaves nobody is asked for anything. */
export const waitedName = ({ name, ask }: Pick<Unreached, 'name' | 'ask'>): string =>
  ask === 'runner' ? 'another runner' : name;

export const ASKED_ROWS = {
  /** What engines asked of the person who launched their task, or put to another. */
  questions: {
    columns: {
      id: text,
      kind: word<QuestionKind>(),
      asked: text,
      session: text,
      attempt: int,
      step: int,
      node: text,
      /** As far as the message has it. */
      words: text,
      /** There is more of it than these words. */
      rest: flag,
      /** Of an escalation: names from whoever launched the task down to its node, as that has them. */
      path: json<string[]>(),
      message: text,
      at: int,
      /** An escalation that is neither answered nor closed; whether a question is, its session says. */
      open: flag,
      line: int,
    },
    key: ['id'],
    index: [['session'], ['line'], ['open'], ['node', 'open']],
    arrival: ['line'],
  },
  /** Whom the node of a session waits for and has not reached, as it says, or at the Host its runner. */
  waits: {
    columns: { session: text, by: text, attempt: int, n: int, unreached: json<Unreached[]>() },
    key: ['session', 'by'],
  },
  /** Their answers, under the ids of their messages. */
  replies: {
    columns: { question: text, message: text, by: text },
    key: ['question', 'message'],
  },
  /** Repeats that a person answered in advance. */
  grants: {
    columns: {
      id: text,
      node: text,
      approver: text,
      /** Digest of what is granted. */
      scope: text,
      /** Of the request that was shown. */
      approval: text,
      subject: text,
      session: text,
      reach: word<GrantReach>(),
      operation: word<Operation>(),
      title: text,
      uses: int,
      expires: int,
      message: text,
      at: int,
      seq: int,
      line: int,
    },
    key: ['id'],
    index: [['node', 'scope'], ['node', 'approver'], ['approval'], ['line']],
    arrival: ['line'],
  },
  /** What a node says that a grant answered. */
  grant_uses: {
    columns: { grant: text, approval: text, by: text, use: int },
    key: ['grant', 'approval', 'by'],
    index: [['grant', 'by'], ['approval']],
  },
  grant_revocations: { columns: { grant: text, by: text }, key: ['grant', 'by'] },
  /** What running turns asked a person to look at. */
  reviews: {
    columns: {
      id: text,
      session: text,
      attempt: int,
      step: int,
      node: text,
      reviewer: text,
      subject: text,
      diff: json<string[]>(),
      size: int,
      files: int,
      /** Of what the engine wants looked at, or of its task. */
      title: text,
      /** Blob of the task, where the request has only its beginning. */
      whole: nullable(text),
      expires: int,
      message: text,
      at: int,
      /** Neither answered nor closed. */
      open: flag,
      line: int,
    },
    key: ['id'],
    index: [['open'], ['session'], ['node', 'open'], ['message'], ['line']],
    arrival: ['line'],
  },
  verdicts: {
    columns: {
      review: text,
      reviewer: text,
      verdict: word<ReviewVerdict>(),
      subject: text,
      /** As far as the message has it; null where there are no words. */
      reason: nullable(text),
      message: text,
      seq: int,
    },
    key: ['review', 'reviewer'],
  },
} as const;
