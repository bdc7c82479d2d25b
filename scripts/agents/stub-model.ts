/** A model that thinks of nothing: an OpenAI-compatible API on this machine, which calls the tools that it is told to, one a step. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

type Tool = { name: string; parameters?: { properties?: Record<string, unknown> } };
export type StubMessage = { role: string; content?: unknown };
type Asked = { messages?: StubMessage[]; tools?: { function: Tool }[] };
/** The first tool of such a name; of the values it gets those that it knows, since one that is given others refuses. */
export type StubStep = { tool: RegExp; args: Readonly<Record<string, unknown>> };
export type StubModel = { endpoint: string; close(): void };

/** `next`: what it says after these messages; null that it is done. Whoever has another key is answered with 401. */
export const startStubModel = async (
  key: string,
  next: (messages: readonly StubMessage[]) => StubStep | null,
): Promise<StubModel> => {
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${key}`) return void response.writeHead(401).end();
    const { messages = [], tools = [] } = (await json(request)) as Asked;
    const step = tools.length > 0 ? next(messages) : null;
    const tool = tools.map((one) => one.function).find(({ name }) => step?.tool.test(name));
    const known = Object.keys(tool?.parameters?.properties ?? {});
    const args = Object.entries(step?.args ?? {}).filter(([name]) => known.includes(name));
    const called = tool && { name: tool.name, arguments: JSON.stringify(Object.fromEntries(args)) };
    const delta = called
      ? {
          role: 'assistant',
          tool_calls: [{ index: 0, id: `c${messages.length}`, type: 'function', function: called }],
        }
      : { role: 'assistant', content: 'Done.' };
    const head = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'stub' };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const choice of [
      { index: 0, delta, finish_reason: null },
      { index: 0, delta: {}, finish_reason: called ? 'tool_calls' : 'stop' },
    ])
      response.write(`data: ${JSON.stringify({ ...head, choices: [choice] })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** A file by whatever names its tool has for path and content. */
export const writing = (path: string, content: string): StubStep => ({
  tool: /^write/i,
  args: { path, file_path: path, filePath: path, content },
});
export const running = (command: string): StubStep => ({
  tool: /bash|shell/i,
  args: { command, description: 'a step', is_background: false },
});
