/** What people read of an operation that waits for them: a row for each. */
import type { CallOperation, Operation } from '../../core/vocabulary.ts';

type OperationWords = {
  /** The first word of its row. */
  row: string;
  /** A sentence about it begins so. */
  spoken: string;
  asked: string;
  /** Who reads why it was rejected: of a commit its session ends, of a call it goes on. */
  readers: string;
  one: string;
};
/** Of a call, which is shown as text. */
type CallWords = OperationWords & {
  name: string;
  /** Over what is exact of it. */
  title: string;
};

const TRACE = 'it stands in the trace of the task';
const CALL_WORDS: Readonly<Record<CallOperation, CallWords>> = {
  'command.run': {
    ...{ row: 'command', spoken: 'Command', asked: 'approval of a command', readers: TRACE },
    ...{ name: 'command', one: 'a command', title: 'the command, as the agent gives it:' },
  },
  'file.write': {
    ...{ row: 'write', spoken: 'Write', asked: 'approval of a write', readers: TRACE },
    ...{ name: 'write', one: 'a write', title: 'the change, as it would be written:' },
  },
};
export const callWordsOf = (operation: CallOperation): CallWords => CALL_WORDS[operation];

export const OPERATION_WORDS: Readonly<Record<Operation, OperationWords>> = {
  'source.publish': {
    ...{ row: 'approve', spoken: 'Approval', asked: 'approval', one: 'a commit' },
    readers: 'who launched the task reads it',
  },
  ...CALL_WORDS,
};
