/** Structured requests of an engine: a line of JSON on descriptor 3, answered by a line on descriptor 4. */
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { MAX_DIRECTIVE } from '../../../core/bounds.ts';
import { answerLines, refusedDirective as refusal } from '../line-answers.ts';

/** Answers for as long as the child lives. */
export const answerDirectives = (
  { stdio }: Pick<ChildProcess, 'stdio'>,
  answer: (line: string) => Promise<string>,
): void =>
  answerLines(stdio[3] as Readable, stdio[4] as Writable, { lineBytes: MAX_DIRECTIVE, answer, refusal });
