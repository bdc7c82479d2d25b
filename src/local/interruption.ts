/** Waits for work no longer than the person who asked for it. */
import { EntangleError } from '../core/errors.ts';

/** The work itself goes on; where the signal was there before, it is not begun. */
export const unlessInterrupted = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  const over = Promise.withResolvers<never>();
  const stop = () => over.reject(new EntangleError('interrupted', 'interrupted'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race(signal.aborted ? [over.promise] : [work(), over.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
