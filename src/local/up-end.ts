/** How a federation of one's own ends: told to, or with the first of its processes. */
import { EntangleError } from '../core/errors.ts';
import type { ServingProcess } from '../ports/index.ts';

/** How the screen was left; null where there was none. */
export type UpEnd = { isInterrupted: boolean } | null;
export type ServerEnd = { server: ServingProcess; code: number | null };

/** The first process that ended by itself; null where the signal came before. */
export const firstEnd = async (
  servers: readonly ServingProcess[],
  signal: AbortSignal,
): Promise<ServerEnd | null> => {
  const stopped = new Promise<null>((done) => {
    if (signal.aborted) done(null);
    signal.addEventListener('abort', () => done(null), { once: true });
  });
  const ends = servers.map(async (server) => ({ server, code: await server.ended }));
  const end = await Promise.race([stopped, ...ends]);
  return signal.aborted ? null : end;
};

/** `log`: the file with what it said, where that is not on the terminal. */
export const endedBy = ({ server, code }: ServerEnd, log: string | null): EntangleError => {
  const how = code === null ? 'was killed' : `ended with exit code ${code}`;
  const where = log === null ? '' : `; see ${log}`;
  return new EntangleError('unavailable', `the ${server.name} process (${server.pid}) ${how}${where}`, {
    hint: 'run `entangle up` to start everything again; the other processes were stopped',
  });
};
