/** The streams of an agent, or of an editor, as the messages of its connection: bounded, and of the forms that are spoken here. */
import type { Readable, Writable } from 'node:stream';
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';
import * as z from 'zod';
import { parseRpcLine } from '../../../core/acp/json-line.ts';
import { MAX_ACP, MAX_EDITOR } from '../../../core/bounds.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import { StrictJsonError } from '../../../core/encoding/strict-json.ts';

/** Why nothing more is read of it. */
type Trouble = (words: string) => void;
type Hearing = {
  heard?(): void;
  /** A notice of the session: not the connection's, whose order is not that of its answers. */
  update?(params: unknown): void;
  /** Nothing more comes. */
  closed?(): void;
  trouble: Trouble;
};
/** Who is at the other end: in words, within which bounds, and which of its notices are for the connection. */
type RpcPeer = {
  who: string;
  bounds: { line: number; all?: number; allMembers?: number; requests: number };
  notices: ReadonlySet<string>;
};
/** Either side may take a request of its own back. */
const CANCEL = '$/cancel_request';
export const AGENT: RpcPeer = { who: 'the agent', bounds: MAX_ACP, notices: new Set([CANCEL]) };
/** It stays as long as a person works: what it sends in all has no bound. */
export const EDITOR: RpcPeer = {
  who: 'the editor',
  bounds: MAX_EDITOR,
  notices: new Set([CANCEL, 'session/cancel']),
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
const messageOf = (line: Buffer, spent: Spent, { who, bounds }: RpcPeer): Envelope | string => {
  const { allMembers = Number.POSITIVE_INFINITY } = bounds;
  try {
    const read = readShape(envelope, parseRpcLine(line.toString('utf8'), spent));
    if (spent.members > allMembers) return `${who} sent more than ${allMembers} values`;
    if (read.success) return read.data;
  } catch (error) {
    if (error instanceof StrictJsonError && error.reason === 'too_many')
      return `${who} sent a line of more than ${MAX_ACP.members} values`;
  }
  return `${who} printed a line that is no message of its protocol`;
};

/** Calls `take` with each whole line, `trouble` once when there is too much. */
const readLines = (
  stream: Readable,
  take: (line: Buffer) => void,
  trouble: Trouble,
  { who, bounds }: RpcPeer,
): void => {
  const { line: longest, all: most = Number.POSITIVE_INFINITY } = bounds;
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
    for (let end = rest.indexOf(10); end >= 0 && length + end <= longest; end = rest.indexOf(10)) {
      add(rest.subarray(0, end));
      const line = Buffer.concat(parts);
      rest = rest.subarray(end + 1);
      [parts, length] = [[], 0];
      take(line);
    }
    add(rest);
    if (length <= longest && all <= most) return;
    [parts, length] = [[], 0];
    stream.removeAllListeners('data').pause();
    trouble(`${who} sent ${all > most ? `more than ${most}` : `a line of more than ${longest}`} bytes`);
  });
};

/** For the connection; what it would only print of does not reach it. */
export const messagesOf = (
  { from, to }: { from: Readable; to: Writable },
  { heard = () => {}, update = () => {}, closed = () => {}, trouble }: Hearing,
  peer = AGENT,
): Stream => {
  const asked = new Set<string | number>();
  /** Ids of the other side, as one that keeps them by their words would have them. */
  const unanswered = new Set<string>();
  /** Whether it is one for the connection: a request, an answer to one of its own, or that a request is taken back. */
  const admit = ({ id, method, params }: Envelope): boolean => {
    if (method === undefined) return id !== undefined && asked.delete(id);
    if (id !== undefined) unanswered.add(String(id));
    else if (method === 'session/update') update(params);
    return id !== undefined || peer.notices.has(method);
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
        closed();
        controller.close();
      };
      const take = (line: Buffer): void => {
        heard();
        if (isOver || line.toString('latin1').trim() === '') return;
        const message = messageOf(line, spent, peer);
        if (typeof message === 'string') over(message);
        else if (isTwice(message)) over(`${peer.who} asked twice by one id before it was answered`);
        else if (admit(message)) controller.enqueue(message as AnyMessage);
        if (unanswered.size > peer.bounds.requests)
          over(`${peer.who} asked for more than ${peer.bounds.requests} things at once`);
      };
      readLines(from, take, over, peer);
      for (const end of ['end', 'error', 'close']) from.on(end, () => over());
    },
  });
  const writable = new WritableStream<AnyMessage>({
    async write(message) {
      if ('method' in message && 'id' in message) asked.add(message.id as string | number);
      await write(to, `${JSON.stringify(message)}\n`);
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
