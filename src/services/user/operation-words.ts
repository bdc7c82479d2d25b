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
  /** Over each of its parts. */
  parts: { exact: string; words: string; input: string };
};

const TRACE = 'it stands in the trace of the task';
const CALL_WORDS: Readonly<Record<CallOperation, CallWords>> = {
  'command.run': {
    ...{ row: 'command', spoken: 'Command', asked: 'approval of a command', readers: TRACE },
    ...{ name: 'command', one: 'a command' },
    parts: {
      exact: 'the command, as the agent gives it:',
      words: 'what the agent calls it:',
      input: 'what else it gives of the call:',
    },
  },
  'file.write': {
    ...{ row: 'write', spoken: 'Write', asked: 'approval of a write', readers: TRACE },
    ...{ name: 'write', one: 'a write' },
    parts: {
      exact: 'the change, as it would be written:',
      words: 'what is asked for:',
      input: 'the file before and after, by its digests:',
    },
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
