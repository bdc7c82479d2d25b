/** A stream of the Host API on its way to one reader: the next event is asked for when the one before was taken. */
import type { ServerResponse } from 'node:http';
import { EntangleError } from '../../core/errors.ts';
import { ALIVE, eventText, lastEventText } from '../../core/host-api/events.ts';
import type { ApiStream } from '../../ports/index.ts';
import { answerOf } from './request.ts';

export type StreamLimits = {
  /** How long a reader may leave unread what fills the buffers of its connection. */
  unreadMs: number;
  /** How long it has then to read why the stream ended. */
  lastMs: number;
};
type Sending = StreamLimits & { stopping: AbortSignal; onBug: (error: unknown) => void };

/** Resolves when the stream has ended; throws what it threw before its first event, and then nothing was sent. */
export async function sendEvents(
  response: ServerResponse,
  stream: ApiStream,
  { stopping, onBug, ...limits }: Sending,
): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort('over');
  response.once('close', end);
  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted || response.destroyed) end();
  try {
    for await (const event of stream.events(over.signal)) {
      if (response.destroyed) return;
      if (!response.headersSent) writeHead(response);
      if (!response.write(event === null ? ALIVE : eventText(event))) await drained(response, limits);
    }
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    const { status, body } = answerOf(error);
    if (status === 500) onBug(error);
    endWith(response, body, limits);
  } finally {
    stopping.removeEventListener('abort', end);
  }
}

const writeHead = (response: ServerResponse): void => {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
};

/** What is not read fills a buffer of 16 KiB and one event: then nothing more is made for this reader. */
const drained = (response: ServerResponse, { unreadMs }: StreamLimits): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = (how: () => void) => () => {
      clearTimeout(timer);
      response.off('drain', go);
      response.off('close', go);
      how();
    };
    const go = settle(resolve);
    const timer = setTimeout(
      settle(() => reject(tooSlow(unreadMs))),
      unreadMs,
    );
    response.on('drain', go);
    response.on('close', go);
  });

const tooSlow = (unreadMs: number): EntangleError =>
  new EntangleError('unavailable', `the stream was cut off: nothing of it was read for ${unreadMs} ms`, {
    hint: 'read faster, and go on behind the last cursor',
  });

/** Who reads again within the time learns why; after that the connection goes. */
const endWith = (response: ServerResponse, body: unknown, { lastMs }: StreamLimits): void => {
  const timer = setTimeout(() => response.destroy(), lastMs);
  response.once('close', () => clearTimeout(timer));
  response.end(lastEventText(body));
};
