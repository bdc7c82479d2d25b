/** A stream of the running Host over its socket, as its operator reads it. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { EntangleError } from '../../core/errors.ts';
import { writeAuthorization } from '../../core/host-api/credential.ts';
import { EventReader } from '../../core/host-api/events.ts';
import type { StreamApi } from '../../ports/index.ts';
import { connectionError, errorOf, reachable, readAnswer } from './client.ts';

/** Longer than a Host that lives is silent. */
const SILENCE_MS = 60_000;

type Opening = Parameters<StreamApi>[1];

/** Resolves when the answer begins; what is no stream is thrown as the error that it is. */
const opened = (socket: string, { path, credential, cursor, signal }: Opening): Promise<IncomingMessage> => {
  const headers = {
    host: 'localhost',
    accept: 'text/event-stream',
    ...(credential === null ? {} : { authorization: writeAuthorization(credential) }),
    ...(cursor === null ? {} : { 'last-event-id': cursor }),
  };
  return new Promise((resolve, reject) => {
    const short = reachable(socket);
    const options = { socketPath: short.path, method: 'GET', path, headers, agent: false, signal };
    const call = httpRequest({ ...options, timeout: SILENCE_MS }, (response) => {
      if (response.statusCode === 200) resolve(response);
      else readAnswer(response, socket).then(() => reject(broken()), reject);
    });
    call.on('timeout', () => call.destroy(broken()));
    call.on('error', (error) => reject(connectionError(error, socket)));
    call.on('close', () => short.close());
    call.end();
  });
};

const broken = (): EntangleError => new EntangleError('unavailable', 'the stream of the Host broke off');

/** Implements `StreamApi`: it ends without a word only when it is called off. */
export const streamApi: StreamApi = async function* (socket, opening) {
  const reader = new EventReader();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const bytes of await opened(socket, opening))
      for (const read of reader.push(decoder.decode(bytes as Buffer, { stream: true }))) {
        if (read.is === 'end') throw errorOf(503, read.body);
        yield read.is === 'alive' ? null : { cursor: read.cursor, data: read.data };
      }
  } catch (error) {
    if (opening.signal.aborted) return;
    throw error instanceof EntangleError ? error : broken();
  }
  if (!opening.signal.aborted) throw broken();
};
