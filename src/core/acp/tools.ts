/** The Model Context Protocol as far as directives need it: each is a tool, which takes what the directive takes. */
import * as z from 'zod';
import { DIRECTIVES, type Directive } from '../directives.ts';
import { readShape } from '../encoding/read-shape.ts';
import type { Operation } from '../vocabulary.ts';
import { parseRpcLine } from './json-line.ts';

const id = z.union([z.string().max(256), z.int()]);
type Id = z.output<typeof id>;
const message = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: id.optional(),
  method: z.string().max(256).optional(),
  params: z.unknown().optional(),
});
const began = z.looseObject({ protocolVersion: z.string().max(64) });
const called = z.looseObject({
  name: z.string().max(256),
  arguments: z.record(z.string(), z.unknown()).optional(),
  _meta: z.looseObject({ progressToken: id.optional() }).optional(),
});
const cancelled = z.looseObject({ requestId: id });

/** What each revision of these changed is nothing that is spoken here. */
const VERSIONS: readonly [newest: string, ...string[]] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
];
const TOOLS = Object.entries(DIRECTIVES).map(([name, { says, shape }]) => ({
  ...{ name, description: says },
  inputSchema: z.toJSONSchema(shape),
}));

export type ToolCall = { is: 'call'; id: Id; directive: string; progress: Id | null };
type Heard =
  | ToolCall
  | { is: 'answered'; reply: string }
  /** Whoever made the call waits for it no more. */
  | { is: 'left'; id: Id }
  | { is: 'nothing' };

const answered = (id: Id | null, body: object): Heard => ({
  is: 'answered',
  reply: JSON.stringify({ jsonrpc: '2.0', id, ...body }),
});
const failed = (id: Id | null, code: number, text: string): Heard =>
  answered(id, { error: { code, message: text } });
const isDirectiveWord = (word: string): word is Directive => Object.hasOwn(DIRECTIVES, word);

const callOf = (id: Id, params: unknown): Heard => {
  const { data } = readShape(called, params);
  if (data === undefined) return failed(id, -32602, 'a call has a name and arguments');
  const { name, arguments: said = {}, _meta } = data;
  if (!isDirectiveWord(name))
    return failed(id, -32602, `no such tool; there are ${Object.keys(DIRECTIVES).join(', ')}`);
  return {
    is: 'call',
    id,
    directive: JSON.stringify({ [name]: said }),
    progress: _meta?.progressToken ?? null,
  };
};

/** By the methods that are answered. */
const METHODS: Readonly<Record<string, (id: Id, params: unknown) => Heard>> = {
  initialize: (id, params) => {
    const wanted = readShape(began, params).data?.protocolVersion ?? '';
    const protocolVersion = VERSIONS.includes(wanted) ? wanted : VERSIONS[0];
    const serverInfo = { name: 'entangle', version: '1' };
    return answered(id, { result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  },
  ping: (id) => answered(id, { result: {} }),
  'tools/list': (id) => answered(id, { result: { tools: TOOLS } }),
  'tools/call': callOf,
};

/** What a line of the agent comes to. */
export const hearTools = (line: string): Heard => {
  let parsed: unknown;
  try {
    parsed = parseRpcLine(line);
  } catch {
    return failed(null, -32700, 'that is no JSON that everybody reads alike');
  }
  const { data } = readShape(message, parsed);
  if (data === undefined) return failed(null, -32600, 'that is no message of JSON-RPC 2.0');
  const { id, method, params } = data;
  if (id === undefined) {
    const left = method === 'notifications/cancelled' ? readShape(cancelled, params).data : undefined;
    return left === undefined ? { is: 'nothing' } : { is: 'left', id: left.requestId };
  }
  if (method === undefined) return { is: 'nothing' };
  if (!Object.hasOwn(METHODS, method)) return failed(id, -32601, 'no such method');
  return METHODS[method]?.(id, params) ?? { is: 'nothing' };
};

const named = z.looseObject({ _meta: z.looseObject({ toolName: z.string() }) });
const ofServer = z.looseObject({ _meta: z.looseObject({ is_mcp_tool_approval: z.literal(true) }) });

/**
 * Whether what an agent asks about is a directive of ours: a tool of the server of that name, which nobody knew before the
 * turn. A name of its own for it goes before the title, which may be words of its model. `known`: the title under which the
 * call was told of; it counts where the request says that it is for a tool of a server, as codex does.
 */
export const asksForTool = (
  server: string,
  request: { toolCall: { title?: string | null | undefined } },
  { command, operation }: { command: string | null; operation: Operation },
  known: string | undefined,
): boolean => {
  const { toolCall } = request;
  const told = readShape(ofServer, request).success ? known : undefined;
  const name = readShape(named, toolCall).data?._meta.toolName ?? toolCall.title ?? told;
  // As most agents join both, and as codex does
  const isOurs = Object.keys(DIRECTIVES).some((word) =>
    [`mcp__${server}__${word}`, `mcp.${server}.${word}`].includes(name ?? ''),
  );
  return isOurs && command === null && operation === 'command.run';
};

/** Whether the answer of a directive refuses it. */
export const isToolError = (answer: string): boolean => (JSON.parse(answer) as { ok?: unknown }).ok !== true;

/** The answer of a directive as what a tool gives: a refusal is one that the agent reads and acts on. */
export const toolReply = (id: Id, answer: string): string => {
  const structuredContent = JSON.parse(answer) as unknown;
  const content = [{ type: 'text', text: answer }];
  const result = { content, structuredContent, isError: isToolError(answer) };
  return JSON.stringify({ jsonrpc: '2.0', id, result });
};

/** Tells a client that would give a call up how long it goes on: `count` of nobody knows how many. */
export const progressLine = (progressToken: Id, count: number): string =>
  JSON.stringify({
    ...{ jsonrpc: '2.0', method: 'notifications/progress' },
    params: { progressToken, progress: count, message: 'still waiting' },
  });
