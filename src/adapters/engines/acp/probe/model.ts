/** The model of a probe: as much of an OpenAI-compatible API as agents use, on this machine alone; it thinks of nothing. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { type ModelAsked, type ModelCall, modelAsked } from './canary-calls.ts';

/** As clients of such an API expect it to end. */
const BASE = '/v1';

export type ProbeModel = { endpoint: string; close(): void };
/** `key` is what its agent logs in with: others on this machine are told nothing. */
type ModelOptions = { key: string; next(asked: ModelAsked): ModelCall | null };

const bodyOf = async (request: IncomingMessage): Promise<ModelAsked | null> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MAX_PROBE.request) return null;
    parts.push(part as Buffer);
  }
  try {
    return readShape(modelAsked, JSON.parse(Buffer.concat(parts).toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
};

const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const reply = (response: ServerResponse, called: ModelCall | null, n: number, isStream: boolean): void => {
  const call = called && {
    ...{ id: `call_${n}`, type: 'function' },
    function: { name: called.name, arguments: JSON.stringify(called.arguments) },
  };
  const said = { role: 'assistant', content: call ? null : 'Done.' };
  const head = { id: `probe-${n}`, created: 1, model: 'probe' };
  const finish_reason = call ? 'tool_calls' : 'stop';
  if (!isStream) {
    const message = { ...said, ...(call && { tool_calls: [call] }) };
    const choices = [{ index: 0, message, finish_reason }];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
    return;
  }
  const delta = { ...said, ...(call && { tool_calls: [{ index: 0, ...call }] }) };
  const chunk = { ...head, object: 'chat.completion.chunk' };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const choice of [
    { index: 0, delta, finish_reason: null },
    { index: 0, delta: {}, finish_reason },
  ])
    response.write(`data: ${JSON.stringify({ ...chunk, choices: [choice], usage })}\n\n`);
  response.end('data: [DONE]\n\n');
};

export const startProbeModel = async ({ key, next }: ModelOptions): Promise<ProbeModel> => {
  let requests = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    const isOurs =
      request.method === 'POST' &&
      request.url === `${BASE}/chat/completions` &&
      request.headers.authorization === `Bearer ${key}`;
    const body = isOurs && requests <= MAX_PROBE.requests ? await bodyOf(request) : null;
    if (body === null) return void response.writeHead(404, { connection: 'close' }).end();
    reply(response, next(body), requests, body.stream === true);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.maxConnections = MAX_PROBE.connections;
  server.requestTimeout = MAX_PROBE.requestMs;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
