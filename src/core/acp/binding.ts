/** What of a call that an agent asks about is bound by a signature: its command where it gives one, else its words. */
import type * as z from 'zod';
import { canonicalize } from '../encoding/canonical.ts';
import type { Binding, Operation } from '../vocabulary.ts';
import type { Call } from './calls.ts';
import type { permissionAsked } from './shapes.ts';

type AskedCall = z.output<typeof permissionAsked>['toolCall'];
export type BoundCall = {
  operation: Operation;
  binding: Binding;
  command: string | null;
  words: string;
  input: string | null;
};

/** Kinds of the protocol that change files of the workspace, which nobody has before they are published; all else may do anything. */
const WRITING: ReadonlySet<string> = new Set(['edit', 'delete', 'move']);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members beside the command, where that was one; null where there are none. */
const restOf = (input: unknown, isTaken: boolean): string | null => {
  if (input === undefined || input === null) return null;
  if (!isRecord(input)) return canonicalize(input);
  const { command, ...rest } = input;
  const kept = isTaken ? rest : input;
  return Object.keys(kept).length === 0 ? null : canonicalize(kept);
};

const textsOf = ({ content }: AskedCall): string[] =>
  (content ?? []).flatMap((one) => {
    const { content: inner } = one;
    return isRecord(inner) && typeof inner.text === 'string' ? [inner.text] : [];
  });

/** `known`: the same call as it was told of before, whose title the request need not repeat; `title` is for one line. */
export const bindCall = (asked: AskedCall, known: Call | undefined): { title: string; bound: BoundCall } => {
  const title = asked.title ?? known?.title ?? 'a call without a title';
  const kind = asked.kind ?? known?.kind ?? 'other';
  const given = isRecord(asked.rawInput) ? asked.rawInput.command : undefined;
  const command = typeof given === 'string' && given.trim() !== '' ? given : null;
  const bound: BoundCall = {
    operation: WRITING.has(kind) && command === null ? 'file.write' : 'command.run',
    binding: command === null ? 'described' : 'declared',
    command,
    words: [title, ...textsOf(asked)].join('\n'),
    input: restOf(asked.rawInput, command !== null),
  };
  return { title, bound };
};
