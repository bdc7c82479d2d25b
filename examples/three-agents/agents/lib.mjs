// What the three agents share: the protocol, by its own library, and the tools of entangle.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

// A workspace has no packages of its own: run.sh says where the library is.
const { agent, ndJsonStream } = await import(pathToFileURL(process.argv[2]).href);

/** Starts the server that the session named, and gives what calls a tool of it: the answer, also where that is a refusal. */
const connectTools = async ({ command, args }) => {
  const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map();
  createInterface({ input: server.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line);
    waiting.get(id)?.(result ?? { structuredContent: { ok: false, error } });
  });
  const tell = (message) => server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const request = (method, params) =>
    new Promise((resolve) => {
      const id = waiting.size + 1;
      waiting.set(id, resolve);
      tell({ id, method, params });
    });
  const clientInfo = { name: 'example', version: '1' };
  await request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  tell({ method: 'notifications/initialized' });
  return async (name, said) => (await request('tools/call', { name, arguments: said })).structuredContent;
};

/** What a refused tool says: which edge of the graph is missing, say. */
export const refusal = ({ error }) => `refused (${error.code}): ${error.message}`;

/**
 * Serves one agent. `work` gets its task, its directory and what calls a tool, and gives its last words; what it throws
 * ends the turn as one that failed.
 */
export const serve = (work) => {
  const sessionId = 'session';
  let session;
  agent({ name: 'example' })
    .onRequest('initialize', () => ({ protocolVersion: 1, agentCapabilities: {} }))
    .onRequest('session/new', ({ params }) => {
      session = params;
      return { sessionId };
    })
    .onRequest('session/prompt', async ({ params, client }) => {
      const say = (text) =>
        client.notify('session/update', {
          sessionId,
          update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: `${text}\n` } },
        });
      const task = params.prompt.map(({ text = '' }) => text).join('');
      try {
        const tool = await connectTools(session.mcpServers[0]);
        await say(await work({ task, cwd: session.cwd, tool }));
        return { stopReason: 'end_turn' };
      } catch (error) {
        await say(error.message);
        return { stopReason: 'refusal' };
      }
    })
    .onNotification('session/cancel', () => process.exit())
    .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
};
