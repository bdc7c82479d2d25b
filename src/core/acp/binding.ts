/** What of a call that an agent asks about is bound by a signature: its command where it gives one, else its words. */
import type * as z from 'zod';
import { canonicalize } from '../encoding/canonical.ts';
import type { Binding, CallOperation } from '../vocabulary.ts';
import type { Call } from './calls.ts';
import type { permissionAsked } from './shapes.ts';
import type { ToolKind } from './words.ts';

type AskedCall = z.output<typeof permissionAsked>['toolCall'];
export type BoundCall = {
  operation: CallOperation;
  binding: Binding;
  command: string | null;
  words: string;
  input: string | null;
};

/** Kinds of the protocol that change files of the workspace, which nobody has before they are published; all else may do anything. */
const WRITING: ReadonlySet<string> = new Set<ToolKind>(['edit', 'delete', 'move']);

/** With any other member, as a directory or an environment, a text runs otherwise than it reads. */
const BARE: ReadonlySet<string> = new Set(['command', 'description']);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A part of its content that is text is words of the agent; all others go with the rest of the call. */
const textOf = ({ type, content }: { type: string; content?: unknown }): string | null =>
  type === 'content' && isRecord(content) && content.type === 'text' && typeof content.text === 'string'
    ? content.text
    : null;

/** All that is shown apart, what names the call, and nulls, which say nothing. */
const restOf = (asked: AskedCall, isTaken: boolean): string | null => {
  const { toolCallId: _id, title: _title, status: _status, rawInput, content, ...rest } = asked;
  const others = (content ?? []).filter((one) => textOf(one) === null);
  const { command: _command, ...beside } = isRecord(rawInput) ? rawInput : {};
  const input = isTaken ? beside : rawInput;
  const isEmpty = input === undefined || (isRecord(input) && Object.keys(input).length === 0);
  const all = {
    ...rest,
    ...(isEmpty ? {} : { rawInput: input }),
    ...(others.length > 0 ? { content: others } : {}),
  };
  const kept = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
  return kept.length === 0 ? null : canonicalize(Object.fromEntries(kept));
};

/** `isRun`: the agent calls it a command; `isBare`: its text is all that it gives of it; `known`: the same call as it was told of before, whose title the request need not repeat; `title` is for one line. */
export const bindCall = (
  asked: AskedCall,
  known: Call | undefined,
): { title: string; bound: BoundCall; isRun: boolean; isBare: boolean } => {
  const title = [asked.title, known?.title].find((one) => one?.trim()) ?? 'a call without a title';
  const kind = asked.kind ?? known?.kind ?? 'other';
  const { rawInput, content } = asked;
  const given = isRecord(rawInput) ? rawInput.command : undefined;
  const command = typeof given === 'string' && given.trim() !== '' ? given : null;
  const texts = (content ?? []).flatMap((one) => textOf(one) ?? []);
  const bound: BoundCall = {
    // What has a command is one, whatever form that has and whatever kind it names
    operation: WRITING.has(kind) && given === undefined ? 'file.write' : 'command.run',
    binding: command === null ? 'described' : 'declared',
    command,
    words: [title, ...texts].join('\n'),
    input: restOf(asked, command !== null),
  };
  const isBare = isRecord(rawInput) && Object.keys(rawInput).every((key) => BARE.has(key));
  return { title, bound, isRun: kind === 'execute', isBare };
};
