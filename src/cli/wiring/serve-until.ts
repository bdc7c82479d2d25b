import type { Tell } from '../../services/messaging/tell.ts';
import type { Serving } from './serving.ts';

/** What a process says once it serves. */
export const servingText = ({ lines }: Pick<Serving, 'lines'>): string => lines.join('\n');

/** One line of NDJSON or text when it serves; resolves when the signal aborts, throws what ended it otherwise. */
export const serveUntil = async (
  serving: Serving,
  signal: AbortSignal,
  ready: Tell<string[]>,
): Promise<void> => {
  await ready(serving.lines);
  const stopped = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const end = await Promise.race([stopped, serving.ended]);
  await serving.close();
  if (end) throw end;
};
