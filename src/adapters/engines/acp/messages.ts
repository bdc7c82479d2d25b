/** The standard streams of an agent as the messages of its connection: bounded, and of the forms that are spoken here. */
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';
import * as z from 'zod';
import { parseRpcLine } from '../../../core/acp/json-line.ts';
import { MAX_ACP } from '../../../core/bounds.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import { StrictJsonError } from '../../../core/encoding/strict-json.ts';

/** Why nothing more is read of it. */
type Trouble = (words: string) => void;
type Hearing = {
  heard(): void;
  /** A notice of the session: not the connection's, whose order is not that of its answers. */
  update(params: unknown): void;
  trouble: Trouble;
};

const envelope = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string().max(256), z.int()]).optional(),
  method: z.string().max(256).optional(),
  params: z.unknown().optional(),
  error: z.looseObject({ code: z.int(), message: z.string() }).optional(),
});
type Envelope = z.output<typeof envelope>;

type Spent = { members: number };
/** Or why it is none. */
const messageOf = (line: Buffer, spent: Spent): Envelope | string => {
  try {
    const read = readShape(envelope, parseRpcLine(line.toString('utf8'), spent));
    if (spent.members > MAX_ACP.allMembers) return `the agent sent more than ${MAX_ACP.allMembers} values`;
    if (read.success) return read.data;
  } catch (error) {
    if (error instanceof StrictJsonError && error.reason === 'too_many')
      return `the agent sent a line of more than ${MAX_ACP.members} values`;
  }
  return 'the agent printed a line that is no message of its protocol';
};

/** Calls `take` with each whole line, `trouble` once when there is too much. */
const readLines = (stream: Readable, take: (line: Buffer) => void, trouble: Trouble): void => {
  let parts: Buffer[] = [];
  let length = 0;
  let all = 0;
  const add = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  stream.on('data', (bytes: Buffer) => {
    all += bytes.length;
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0 && length + end <= MAX_ACP.line; end = rest.indexOf(10)) {
      add(rest.subarray(0, end));
      const line = Buffer.concat(parts);
      rest = rest.subarray(end + 1);
      [parts, length] = [[], 0];
      take(line);
    }
    add(rest);
    if (length <= MAX_ACP.line && all <= MAX_ACP.all) return;
    [parts, length] = [[], 0];
    stream.removeAllListeners('data').pause();
    const most = all > MAX_ACP.all ? `more than ${MAX_ACP.all}` : `a line of more than ${MAX_ACP.line}`;
    trouble(`the agent sent ${most} bytes`);
  });
};

/** For the connection; what it would only print of does not reach it. */
export const messagesOf = ({ stdin, stdout }: ChildProcess, { heard, update, trouble }: Hearing): Stream => {
  const asked = new Set<string | number>();
  /** Ids of the agent, as one that keeps them by their words would have them. */
  const unanswered = new Set<string>();
  /** Whether it is one for the connection: a request, an answer to one of its own, or that a request is taken back. */
  const admit = ({ id, method, params }: Envelope): boolean => {
    if (method === undefined) return id !== undefined && asked.delete(id);
    if (id !== undefined) unanswered.add(String(id));
    else if (method === 'session/update') update(params);
    return id !== undefined || method === '$/cancel_request';
  };
  /** The answer to one would be read as that to the other. */
  const isTwice = ({ id, method }: Envelope): boolean =>
    id !== undefined && method !== undefined && unanswered.has(String(id));
  let isOver = false;
  const spent: Spent = { members: 0 };
  const readable = new ReadableStream<AnyMessage>({
    // The connection hears no more: what its process still says, and its end, are nothing
    cancel() {
      isOver = true;
    },
    start(controller) {
      const over = (words?: string): void => {
        if (isOver) return;
        isOver = true;
        if (words !== undefined) trouble(words);
        controller.close();
      };
      const take = (line: Buffer): void => {
        heard();
        if (isOver || line.toString('latin1').trim() === '') return;
        const message = messageOf(line, spent);
        if (typeof message === 'string') over(message);
        else if (isTwice(message)) over('the agent asked twice by one id before it was answered');
        else if (admit(message)) controller.enqueue(message as AnyMessage);
        if (unanswered.size > MAX_ACP.requests)
          over(`the agent asked for more than ${MAX_ACP.requests} things at once`);
      };
      readLines(stdout as Readable, take, over);
      for (const end of ['end', 'error', 'close']) stdout?.on(end, () => over());
    },
  });
  const writable = new WritableStream<AnyMessage>({
    async write(message) {
      if ('method' in message && 'id' in message) asked.add(message.id as string | number);
      await write(stdin as Writable, `${JSON.stringify(message)}\n`);
      // Not before it was taken: an agent that asks and does not read is heard no further
      if (!('method' in message)) unanswered.delete(String(message.id));
    },
  });
  return { readable, writable };
};

/** It ended, most often; or it only closed its input. */
export class NotRead extends Error {
  constructor() {
    super('the agent reads no more of what it is told');
  }
}

const write = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(new NotRead()) : resolve()));
  });
