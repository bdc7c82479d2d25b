/** A stream of the running Host, as its operator reads it. */
import type { IncomingMessage } from 'node:http';
import { EntangleError } from '../../core/errors.ts';
import { EventReader } from '../../core/host-api/events.ts';
import type { ApiPlace, StreamApi } from '../../ports/index.ts';
import { errorOf, readAnswer } from './client.ts';
import { connectionError } from './connection-error.ts';
import { authorizationOf, dial } from './dial.ts';

/** Longer than a Host that lives is silent. */
const SILENCE_MS = 60_000;

type Opening = Parameters<StreamApi>[1];

/** Resolves when the answer begins; what is no stream is thrown as the error that it is. */
const opened = async (
  place: ApiPlace,
  { path, credential, cursor, signal }: Opening,
): Promise<IncomingMessage> => {
  const at = dial(place);
  const headers = {
    host: at.host,
    accept: 'text/event-stream',
    ...(await authorizationOf(at, credential, { method: 'GET', path, body: '' })),
    ...(cursor === null ? {} : { 'last-event-id': cursor }),
  };
  return new Promise((resolve, reject) => {
    const options = { ...at.options, method: 'GET', path, headers, signal };
    const call = at.request({ ...options, timeout: SILENCE_MS }, (response) => {
      if (response.statusCode === 200) resolve(response);
      else readAnswer(response, at.name).then(() => reject(broken()), reject);
    });
    call.on('timeout', () => call.destroy(broken()));
    call.on('error', (error) => reject(connectionError(error, at.name)));
    call.on('close', () => at.close());
    call.end();
  });
};

const broken = (): EntangleError => new EntangleError('unavailable', 'the stream of the Host broke off');

/** Implements `StreamApi`: it ends without a word only when it is called off. */
export const streamApi: StreamApi = async function* (place, opening) {
  const reader = new EventReader();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const bytes of await opened(place, opening))
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
