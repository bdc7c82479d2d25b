/** One request of http, written anew for whoever answers it: nothing that was only read in part goes through. */
import { request as ask, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { MAX_NETWORK } from '../../../core/bounds.ts';
import { passedOn } from './headers.ts';

type Way = { path: string; host: string; upstream: Socket };

/** Resolves when the answer is through, and rejects when it is not. */
export const forward = async (
  request: IncomingMessage,
  response: ServerResponse,
  { path, host, upstream }: Way,
): Promise<void> => {
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const outgoing: ClientRequest = ask({
    ...{ method: request.method, path, setHost: false, maxHeaderSize: MAX_NETWORK.headBytes },
    headers: [
      ...passedOn(request.rawHeaders, ['host']),
      ...['Host', host, 'Connection', 'close'],
      ...(isChunked ? ['Transfer-Encoding', 'chunked'] : []),
    ],
    createConnection: () => upstream,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
    outgoing.once('upgrade', () => reject(new Error('it was not asked for')));
    response.once('close', () => reject(new Error('nobody waits for it')));
  });
  // An answer may come before all of the request is read
  pipeline(request, outgoing).catch(() => undefined);
  const answer = await answered;
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [
    ...passedOn(answer.rawHeaders),
    ...['Connection', 'close'],
  ]);
  await pipeline(answer, response);
};
