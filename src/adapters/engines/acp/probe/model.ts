/** The model of a probe: as much of an API as agents use, on this machine alone; it thinks of nothing. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { CHAT } from '../known-agents.ts';
import type { ModelAsked, ModelCall } from './canary-calls.ts';
import { MODEL_APIS, replyWith } from './model-apis.ts';

export type ProbeModel = { endpoint: string; close(): void };
/** `key` is what its agent logs in with: others on this machine are told nothing. */
type ModelOptions = { key: string; api?: string; next(asked: ModelAsked): ModelCall | null };

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MAX_PROBE.request) return null;
    parts.push(part as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return null;
  }
};

export const startProbeModel = async ({ key, next, ...more }: ModelOptions): Promise<ProbeModel> => {
  const api = MODEL_APIS[more.api ?? CHAT]!;
  let requests = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    const path = request.url?.replace(/\?.*/, '') ?? '';
    const isOurs = request.method === 'POST' && api.path.test(path) && api.key(request.headers) === key;
    const body = isOurs && requests <= MAX_PROBE.requests ? api.asked(await bodyOf(request), path) : null;
    if (body === null) return void response.writeHead(404, { connection: 'close' }).end();
    replyWith(api, response, { call: next(body), n: requests, isStream: body.stream === true });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.maxConnections = MAX_PROBE.connections;
  server.requestTimeout = MAX_PROBE.requestMs;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}${api.base}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
